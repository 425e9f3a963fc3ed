/** What retention knows of a set, and what it says of it. */
import type { BackupId } from '../backup-id.ts';
import type { Keep } from '../config/source.ts';

/** One set of one source at one destination. Its time is its id's, which need not be in the past. */
export interface RetainedSet {
  readonly id: BackupId;
  readonly policy: string;
  readonly parent: BackupId | null;
  readonly partial: boolean;
  /** `failed`: its newest proof did. `removed`: its removal has begun and was not finished. */
  readonly state: 'committed' | 'uncommitted' | 'damaged' | 'failed' | 'removed';
  /** Restored by a drill where the source has one, else checked. */
  readonly verified: boolean;
  /** The reason given with the hold. */
  readonly held?: string | undefined;
  readonly lockedUntil?: Date | undefined;
  /** At a copy: that of the primary is damaged, or nobody can tell. */
  readonly mayBeLast?: boolean | undefined;
  /** At a copy that cannot ask its primary: no proof of it has passed, here or there. */
  readonly unproven?: boolean | undefined;
}

export interface RetainedPolicy {
  /** Absent: everything is kept. */
  readonly keep?: Keep | undefined;
  readonly timezone: string;
}

export interface RetentionInput {
  readonly sets: readonly RetainedSet[];
  /** The policies of the configuration; sets of any other policy are kept. */
  readonly policies: Readonly<Record<string, RetainedPolicy>>;
  /** A destination's own retention, in place of each policy's. */
  readonly keep?: Keep | undefined;
  /** Fewer verified, complete sets than this are never left. */
  readonly floor: number;
  readonly now: Date;
}

export interface RetentionDecision {
  readonly id: BackupId;
  readonly policy: string;
  /** At least one; each a phrase for people. */
  readonly reasons: readonly string[];
}

export interface RetentionPlan {
  /** Newest first. */
  readonly keep: readonly RetentionDecision[];
  /** In the order of removal: what builds on a set goes before it. */
  readonly remove: readonly RetentionDecision[];
}

/** Why a set stays. */
export type Reason = readonly [id: BackupId, reason: string];
