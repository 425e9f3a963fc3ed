/** What was seen of a cluster at one moment: nothing in here is concluded yet. */
import type { DnsState } from '../ports/dns.ts';
import type { NodeObservation, NodeState } from '../ports/failover-engine.ts';

/** One of the places from which the primary is looked at. */
export interface Vantage {
  /** `local`, `replica b`, or the URL of a probe. */
  readonly place: string;
  readonly sees: 'up' | 'down' | 'nothing';
  readonly seen: string;
}

export interface NameSight {
  readonly label: string;
  /** Whose value the name says; undefined where it says none of theirs. */
  readonly node: string | undefined;
  readonly state: DnsState;
}

export interface World {
  /** UTC, ISO. */
  readonly at: string;
  readonly nodes: readonly NodeObservation[];
  /** Other places than this machine and the replicas: probes. */
  readonly probes: readonly Vantage[];
  readonly names: readonly NameSight[];
}

export interface SeenNode {
  readonly node: string;
  readonly state: NodeState;
}

export const reachableNodes = ({ nodes }: World): SeenNode[] =>
  nodes.flatMap((seen) => (seen.reachable ? [{ node: seen.node, state: seen.state }] : []));

export const primaries = (world: World): SeenNode[] =>
  reachableNodes(world).filter(({ state }) => state.role === 'primary');

/** The node that the names lead to, where they all say one. */
export function namedNode({ names }: World): string | undefined {
  const nodes = new Set(names.map(({ node }) => node));
  return nodes.size === 1 ? [...nodes][0] : undefined;
}
