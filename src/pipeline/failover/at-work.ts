/** A cluster as the steps of a failover work with it. */
import type { AlertChange } from '../../core/alerts/index.ts';
import type { InvalidationConfig, WorkloadConfig } from '../../core/config/around.ts';
import type { ClusterConfig } from '../../core/config/cluster.ts';
import type { DnsZone } from '../../core/ports/dns.ts';
import type { ClusterNode, FailoverEngine } from '../../core/ports/failover-engine.ts';
import type { ObjectStore } from '../../core/ports/store.ts';
import type { Workload } from '../../core/ports/workload.ts';
import type { LeaseHost } from '../vault/lease-owner.ts';

export interface NameAtWork {
  readonly zone: DnsZone;
  /** What it says while a node is the primary, by node. */
  readonly values: Readonly<Record<string, string>>;
  readonly ttlSeconds: number;
}

export interface ClusterAtWork {
  readonly name: string;
  readonly config: ClusterConfig;
  readonly engine: FailoverEngine;
  readonly nodes: ReadonlyMap<string, ClusterNode>;
  /** The application's own URL. A secret. */
  readonly application: string;
  readonly names: readonly NameAtWork[];
  /** Where records and reports of runs lie. */
  readonly store: ObjectStore;
  readonly leaseStore: ObjectStore;
  readonly host: LeaseHost;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** Runs argv on this machine; rejects where it does not exit 0. */
  readonly command: (argv: readonly string[]) => Promise<void>;
  /** What is scaled around the database; asks nobody yet. */
  readonly workload: (config: WorkloadConfig) => Promise<Workload>;
  /** What a distribution keeps is asked for anew, once for each reference. Gives an id. */
  readonly invalidate: (what: InvalidationConfig, reference: string) => Promise<string>;
  /** Posts `{cluster, epoch, event}`; rejects where the answer is no 2xx. */
  readonly webhook: (url: string, body: object) => Promise<void>;
  /** The status of an answer, 0 where there is none. */
  readonly httpStatus: (url: string) => Promise<number>;
  /** A link that approves once, where there are such. */
  readonly approvalLink: (asked: {
    readonly epoch: number;
    readonly planHash: string;
    readonly expiresAt: Date;
  }) => Promise<string | undefined>;
  readonly tell: (changes: readonly AlertChange[]) => Promise<void>;
}
