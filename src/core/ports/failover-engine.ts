/**
 * One kind of replicated database, as a failover sees it. Each call reads the server before it acts, proves its
 * effect, and may be repeated: a step whose process died is run again by the next one.
 */
import type { ManagedConfig } from '../config/cluster.ts';
import type { Control } from './control.ts';

export interface ClusterNode {
  readonly name: string;
  /** The administrator's URL. A secret. */
  readonly url: string;
  readonly control: Control | undefined;
  /** Present where a service runs it: then there is no `control`. */
  readonly managed?: ManagedConfig | undefined;
}

/**
 * What a node says of itself. Positions are the engine's own words (an LSN, a GTID set, a replication id with an
 * offset): others may only show them, keep them, and have them compared by `distanceBytes`.
 */
export interface NodeState {
  readonly role: 'primary' | 'replica';
  /**
   * Equal on a primary and what follows it: PostgreSQL's system identifier, which outlasts promotions; Redis'
   * replication id, which does not.
   */
  readonly identity: string;
  readonly version: string;
  /** PostgreSQL's timeline, Redis' replication id: changes with each promotion. */
  readonly timeline: string;
  /** Primary: written. Replica: replayed. */
  readonly position: string;
  /** Replica: received, and perhaps not replayed yet; null where it follows nobody and never did. */
  readonly received: string | null;
  /** Replica: it hears of its primary now. A primary that is frozen is not heard of, whatever its socket says. */
  readonly streaming: boolean;
  /** Somebody stopped the replay; false where an engine knows no such thing. */
  readonly replayPaused: boolean;
  /** Replica: when it last heard of its primary (UTC, ISO); null where it never did. */
  readonly heardAt: string | null;
  /** Replica: the address of its primary. Primary: none. */
  readonly upstream: string | null;
  /** Primary: replicas that are connected, with what they have confirmed. */
  readonly replicas: readonly { readonly address: string; readonly position: string | null }[];
  /** Sessions of others than Holdfast and replication. */
  readonly sessions: number;
  /** Who they are, the most numerous first, at most twenty: `shop from 10.0.0.9 × 3`; absent: not told. */
  readonly clients?: readonly string[];
  /** Another program that promotes by itself, as this node sees it (Patroni, Sentinel); null: none is seen. */
  readonly managedBy: string | null;
}

export type NodeObservation =
  | { readonly node: string; readonly reachable: true; readonly state: NodeState }
  | { readonly node: string; readonly reachable: false; readonly seen: string };

/** A write as the application would do it, on the application's path, with its credentials. */
export interface WriteProbe {
  readonly accepted: boolean;
  /** The server's own words, or the network's. */
  readonly seen: string;
}

export interface FenceRequest {
  /** Planned: the replica has to get everything; forced: the node may be half dead. */
  readonly mode: 'planned' | 'forced';
  readonly signal: AbortSignal;
}

export interface FenceReport {
  /** What was done, a line each. */
  readonly actions: readonly string[];
  /** Beyond it no client has written: read from its files or its last answer; null where nobody can tell. */
  readonly stopPosition: string | null;
  /** It cannot accept a write when somebody starts it again. */
  readonly lasts: boolean;
}

export interface CatchUpRequest {
  /** Planned: the fenced primary's end; forced: null, all that was received. */
  readonly until: string | null;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

export interface CaughtUp {
  readonly received: string;
  readonly replayed: string;
  /** `until` is reached, or all that was received is replayed. */
  readonly complete: boolean;
}

export interface Promotion {
  readonly timeline: string;
  /** Where the new timeline forks from the old one, on the old one. */
  readonly forkPosition: string;
  /** It had been promoted before this call. */
  readonly already: boolean;
}

export interface WritableProof {
  readonly timeline: string;
  /** The epoch as it was read back, in another session. */
  readonly epoch: number;
  readonly position: string;
}

export interface LossReport {
  /** How it was found out; null figures where nobody can tell. */
  readonly method: string;
  readonly bytes: number | null;
  readonly transactions: number | null;
  /** At most a hundred: what is known of each lost transaction; never a value of the application's. */
  readonly lost: readonly string[];
}

export interface RebuildReport {
  /** `follow`: what it had is all there; `rewind`: taken back to the fork; `clone`: replaced by a copy. */
  readonly method: 'follow' | 'rewind' | 'clone';
  /** It streams from the new primary, and was compared with it at `position`. */
  readonly streaming: boolean;
  readonly position: string | null;
  readonly notes: readonly string[];
}

export interface EngineCall {
  readonly signal: AbortSignal;
  /** The run's number: higher than that of every earlier run of the cluster. */
  readonly epoch: number;
  readonly mode: 'planned' | 'forced';
}

export interface NodePair {
  readonly source: ClusterNode;
  readonly target: ClusterNode;
}

export interface FailoverEngine {
  readonly name: string;
  /** Never rejects because a node does not answer. Within `timeoutSeconds`. */
  observe(node: ClusterNode, timeoutSeconds: number, signal: AbortSignal): Promise<NodeObservation>;
  /** Bytes from `from` to `to`; negative where `to` is behind; null where the two cannot be compared. */
  distanceBytes(from: string, to: string): number | null;
  /** What stands in the way of `target` taking over from `source`: privileges, disk, configuration, a fork. */
  preflight(nodes: NodePair, signal: AbortSignal): Promise<readonly string[]>;
  /**
   * `application` is the application's URL; it is sent to `node`'s own address. Leaves nothing behind. What is
   * refused for another reason than the node's state (a wrong password) proves no fence: preflight has it
   * accepted first.
   */
  probeWrite(application: string, node: ClusterNode, signal: AbortSignal): Promise<WriteProbe>;
  /** One statement, in the engine's language, with the application's credentials; rejects with the server's words. */
  ask(
    application: string,
    node: ClusterNode,
    request: { readonly statement: string; readonly signal: AbortSignal },
  ): Promise<void>;
  /**
   * Ends the clients' writes for good: nobody's restart, and no setting of a session, brings them back. The
   * server may run on. Rejects with FailoverError FENCE_FAILED; what was done until then is undone by `unfence`.
   */
  fence(node: ClusterNode, request: FenceRequest): Promise<FenceReport>;
  /** Gives a fenced primary back to its clients, and proves that it writes. */
  unfence(node: ClusterNode, signal: AbortSignal): Promise<readonly string[]>;
  catchUp(target: ClusterNode, request: CatchUpRequest): Promise<CaughtUp>;
  /** Reads the role first; a node that is primary already is reconciled, never promoted twice. */
  promote(target: ClusterNode, call: EngineCall): Promise<Promotion>;
  /**
   * After a promotion that did not come in time, and before the old primary is given back: it must not come later.
   * Absent: a promotion of this engine happens at once or not at all. Rejects with FailoverError PROMOTION_PENDING
   * where nobody can tell, PAST_NO_RETURN where it came.
   */
  withdrawPromotion?(target: ClusterNode, signal: AbortSignal): Promise<void>;
  /** Writes the epoch and reads it back; rejects where a newer one is there. */
  verifyWritable(target: ClusterNode, call: EngineCall): Promise<WritableProof>;
  /**
   * What `source`, which is fenced, holds beyond the fork. Before the promotion, `forkPosition` is what the target
   * received; afterwards, the promotion's. Nothing where it follows the new timeline already. An engine that can tell only before answers null figures then.
   */
  measureLoss(
    nodes: NodePair,
    fork: Pick<Promotion, 'forkPosition'> & Partial<Pick<Promotion, 'timeline'>>,
    signal: AbortSignal,
  ): Promise<LossReport>;
  /** Makes `source` a replica of `target`, and takes back what fenced it; good only where `streaming`. */
  rebuild(nodes: NodePair, call: EngineCall): Promise<RebuildReport>;
}
