/** What SQL and the API say of one member, together. */
import type { ClusterNode, NodeObservation, NodeState } from '../../core/ports/failover-engine.ts';
import { changeText, placeOfArn, writerOf } from './global-database.ts';
import {
  type AuroraNode,
  auroraNode,
  type SeenMember,
  trySeeMember,
  urlsOf,
  wordsOf,
} from './member.ts';
import { type ClusterStatus, isFresh, readFirst, regionOf } from './status.ts';

export async function observeNode(
  node: ClusterNode,
  seconds: number,
  signal: AbortSignal,
): Promise<NodeObservation> {
  const member = auroraNode(node);
  // The API needs a moment for the address of a secondary; the rest of the time is SQL's.
  const begun = performance.now();
  const seen = await trySeeMember(member, seconds / 2, signal);
  const left = Math.max(seconds / 2, seconds - (performance.now() - begun) / 1000);
  try {
    const status = await readFirst(urlsOf(member, seen), left, signal);
    return { node: node.name, reachable: true, state: stateOf(member, seen, status) };
  } catch (error) {
    signal.throwIfAborted();
    const api = typeof seen === 'string' ? `; ${seen}` : '';
    return { node: node.name, reachable: false, seen: `${wordsOf(error)}${api}` };
  }
}

/**
 * The role is what the server itself accepts: an old primary whose Region comes back may write for a while though
 * the API has another writer, and two that write have to be seen as two.
 */
export function stateOf(
  { aurora }: AuroraNode,
  seen: SeenMember | string,
  status: ClusterStatus,
): NodeState {
  const { replica, version, sessions } = status;
  const own = regionOf(status, aurora.region);
  const synchronization = typeof seen === 'string' ? undefined : seen.member?.synchronization;
  const heard = replica ? heardAt(own) : null;
  return {
    ...{ role: replica ? 'replica' : 'primary', version, sessions },
    identity: identityOf(aurora.globalCluster, seen),
    timeline: timelineOf(seen),
    position: own?.lsn ?? '',
    received: replica ? (own?.lsn ?? null) : null,
    streaming: replica && isFresh(own) && synchronization !== 'pending-resync',
    replayPaused: false,
    heardAt: heard,
    upstream: replica ? upstreamOf(seen) : null,
    replicas: replica
      ? []
      : status.regions
          .filter(({ region }) => region !== aurora.region)
          .map(({ region, lsn }) => ({ address: region, position: lsn })),
    managedBy: managedBy(seen),
  };
}

/** Until then it has what the primary wrote: the lag is taken off the time at which it was worked out. */
function heardAt(own: ReturnType<typeof regionOf>): string | null {
  if (own?.calculatedAt == null) return null;
  return new Date(own.calculatedAt - Math.max(0, own.lagMilliseconds ?? 0)).toISOString();
}

/** A cluster that the API does not count among the members is another's. */
function identityOf(globalCluster: string, seen: SeenMember | string): string {
  const name = globalCluster.toLowerCase();
  const isForeign = typeof seen !== 'string' && seen.member === undefined;
  return isForeign ? `no member of ${name}` : name;
}

/** Aurora counts no timelines: where the writer is says whose promotion was the last. */
function timelineOf(seen: SeenMember | string): string {
  const writer = typeof seen === 'string' ? undefined : writerOf(seen.global);
  return writer === undefined ? 'unknown' : placeOfArn(writer.arn).cluster;
}

function upstreamOf(seen: SeenMember | string): string | null {
  return typeof seen === 'string' ? null : (writerOf(seen.global)?.arn ?? null);
}

/** A switchover that somebody else began: two of them at once is what Aurora refuses, and so do we. */
function managedBy(seen: SeenMember | string): string | null {
  if (typeof seen === 'string' || seen.global.change === undefined) return null;
  return `Aurora itself (${changeText(seen.global.change)})`;
}
