/** Full or incremental: decided from the age of the chain's base. */
import { type BackupId, backupTime } from './backup-id.ts';
import { durationSeconds } from './config/values.ts';

export interface ChainSet {
  readonly id: BackupId;
  readonly policy: string;
  readonly engine: string;
  readonly parent: BackupId | null;
  readonly partial: boolean;
}

export type ChainDecision =
  | { readonly kind: 'full'; readonly reason: string }
  | { readonly kind: 'incremental'; readonly parent: BackupId; readonly reason: string };

const secondsOf = { daily: 86_400, weekly: 604_800, monthly: 2_592_000 } as const;
const defaultFull = 'weekly';

/**
 * `sets` are the committed ones of the source. The base may be up to an hour (a tenth of a short period)
 * younger than the period: runs of a schedule never start at exactly the same second.
 */
export function decideChain(options: {
  readonly sets: readonly ChainSet[];
  readonly policy: string;
  readonly engine: string;
  readonly full: string | undefined;
  readonly now: Date;
}): ChainDecision {
  const { sets, policy, engine, now } = options;
  const parent = sets
    .filter((set) => set.policy === policy && set.engine === engine && !set.partial)
    .toSorted((a, b) => (a.id < b.id ? 1 : -1))[0];
  if (!parent) return { kind: 'full', reason: `no whole set of policy ${policy} yet` };
  const base = baseOf(parent, new Map(sets.map((set) => [set.id, set])));
  if (!base) return { kind: 'full', reason: `the chain of ${parent.id} is not whole` };
  const { full = defaultFull } = options;
  const ageSeconds = (now.getTime() - backupTime(base.id).getTime()) / 1000;
  const period = fullSeconds(full);
  if (ageSeconds >= period - Math.min(3600, period / 10)) {
    return { kind: 'full', reason: `the base ${base.id} is as old as full: ${full}` };
  }
  return { kind: 'incremental', parent: parent.id, reason: `builds on ${parent.id}` };
}

/** How long a chain grows before its next full. */
export const fullSeconds = (full: string = defaultFull): number =>
  full in secondsOf ? secondsOf[full as keyof typeof secondsOf] : durationSeconds(full);

function baseOf(set: ChainSet, sets: ReadonlyMap<BackupId, ChainSet>): ChainSet | undefined {
  if (set.parent === null) return set;
  const parent = sets.get(set.parent);
  return parent && parent.id < set.id ? baseOf(parent, sets) : undefined;
}
