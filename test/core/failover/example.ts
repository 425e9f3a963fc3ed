/** A cluster of two nodes, and a world in which everything is as it should be. */
import { type ClusterConfig, clusterSchema } from '../../../src/core/config/cluster.ts';
import { type PlanRequest, planFailover } from '../../../src/core/failover/plan.ts';
import type { World } from '../../../src/core/failover/world.ts';
import type { NodeState } from '../../../src/core/ports/failover-engine.ts';

export const clusterConfig = (changes: object = {}): ClusterConfig =>
  clusterSchema.parse({
    engine: 'postgres',
    nodes: { a: { connection: 'env:A' }, b: { connection: 'env:B' } },
    application: 'env:APP',
    dns: [
      {
        provider: 'rfc2136',
        server: '127.0.0.1:5353',
        zone: 'example.test',
        name: 'db',
        ttl: 5,
        key: 'env:TSIG',
        values: { a: '127.0.0.2', b: '127.0.0.3' },
      },
    ],
    ...changes,
  });

const base: NodeState = {
  role: 'primary',
  identity: '7',
  version: '15.18',
  timeline: '1',
  position: '0/100',
  received: null,
  streaming: false,
  replayPaused: false,
  heardAt: null,
  upstream: null,
  replicas: [],
  sessions: 1,
  managedBy: null,
};

export const primaryState = (changes: Partial<NodeState> = {}): NodeState => ({
  ...base,
  ...changes,
});

export const replicaState = (changes: Partial<NodeState> = {}): NodeState => ({
  ...base,
  role: 'replica',
  received: '0/100',
  streaming: true,
  heardAt: '2026-11-28T09:59:59.000Z',
  upstream: '127.0.0.2',
  ...changes,
});

export const up = (node: string, state: NodeState) => ({ node, reachable: true as const, state });
export const down = (node: string, seen = 'connection refused') => ({
  node,
  reachable: false as const,
  seen,
});

export const world = (changes: Partial<World> = {}): World => ({
  at: '2026-11-28T10:00:00.000Z',
  nodes: [up('a', primaryState()), up('b', replicaState())],
  probes: [],
  names: [
    {
      label: 'db.example.test',
      node: 'a',
      state: { values: ['127.0.0.2'], ttlSeconds: 5, generation: 1 },
    },
  ],
  ...changes,
});

/** The primary is silent, and the replica does not hear of it. */
export const darkWorld = (changes: Partial<World> = {}): World =>
  world({ nodes: [down('a'), up('b', replicaState({ streaming: false }))], ...changes });

/** Positions are hexadecimal after the slash. */
export const distanceBytes = (from: string, to: string): number | null => {
  const [low, high] = [from, to].map((text) => Number.parseInt(text.slice(2), 16));
  return low === undefined || high === undefined || Number.isNaN(high - low) ? null : high - low;
};

export const plan = (seen: World, changes: Partial<PlanRequest> = {}) =>
  planFailover(seen, {
    cluster: 'orders',
    config: clusterConfig(),
    mode: 'planned',
    distanceBytes,
    ...changes,
  });

export const refusalsOf = (seen: World, changes: Partial<PlanRequest> = {}): string[] =>
  plan(seen, changes).refusals.map(({ code }) => code);
