/** What a forecast is made from: the configuration and the vault, reduced to what costs something. */
import type { Keep, Policy } from '../config/source.ts';
import type { Tier } from '../config/tiers.ts';
import type { MeasuredSet } from './set-sizes.ts';
import type { PresentSet } from './simulate-sets.ts';

export interface PolicyFacts extends Pick<Policy, 'full' | 'keep' | 'schedule'> {
  readonly incremental: boolean;
}

export interface SourceFacts {
  readonly name: string;
  readonly engine: string;
  readonly policies: Readonly<Record<string, PolicyFacts>>;
  readonly drillSchedule?: string | undefined;
  /** What the last drill took. */
  readonly drillSeconds?: number | undefined;
  readonly task: TaskFacts;
  /** Of the primary, whole and committed. */
  readonly measured: readonly MeasuredSet[];
  readonly present: readonly PresentSet[];
  /** Of a full, said by a person; before the first backup. */
  readonly expectedBytes?: number | undefined;
}

export interface TaskFacts {
  /** 1024 is one vCPU. */
  readonly cpu: number;
  readonly memoryMiB: number;
  readonly spot: boolean;
}

/** How bytes get to a copy: what S3 replicates may be timed; the primary itself needs no way. */
export type Way = 'none' | 'holdfast' | 's3-replication';
export type Distance = 'same' | 'us-east-2' | 'other-region' | 'internet';

export interface DestinationFacts {
  readonly name: string;
  readonly keep?: Keep | undefined;
  readonly lockDays?: number | undefined;
  readonly way: Way;
  readonly distance: Distance;
  /** A directory or another's server costs nothing on AWS's bill but the way there. */
  readonly onAws: boolean;
  /** The bucket's lifecycle of `data/`, by ascending days. */
  readonly tiers: readonly Tier[];
}

export interface CostFacts {
  readonly now: Date;
  readonly sources: readonly SourceFacts[];
  /** The primary first. */
  readonly destinations: readonly [DestinationFacts, ...DestinationFacts[]];
  readonly floor: number;
  readonly architecture: 'arm64' | 'x86_64';
  readonly publicIp: boolean;
  readonly endpoints: boolean;
  readonly functionMemoryMiB: number;
  readonly healthSchedule: string;
  /** Keys that open backups, and that sign: as KMS keys. */
  readonly kmsRecipients: number;
  readonly kmsKeys: number;
  /** Distinct secrets in Secrets Manager. */
  readonly secrets: number;
}
