/** The classes through which an object goes, those inside INTELLIGENT_TIERING as if nobody read it. */
import { type Tier, type TierClass, leastDays as tierLeastDays } from '../config/tiers.ts';

/** Tiers of INTELLIGENT_TIERING below the one that it begins with; 30 and 90 days are AWS's own. */
const idleClasses = [
  'infrequent access',
  'archive instant access',
  'ARCHIVE_ACCESS',
  'DEEP_ARCHIVE_ACCESS',
] as const;
export type IdleClass = (typeof idleClasses)[number];

export type StorageClass = 'STANDARD' | TierClass | IdleClass;

export interface TierStep {
  readonly storageClass: StorageClass;
  readonly afterDays: number;
}

/** Days for which a class is billed at least. */
export const leastDays = (storageClass: StorageClass): number =>
  storageClass in tierLeastDays ? tierLeastDays[storageClass as TierClass] : 0;

/** S3 bills for each object under its watch, wherever it lies in there. */
export const isWatched = (storageClass: StorageClass): boolean =>
  storageClass === 'INTELLIGENT_TIERING' || idleClasses.includes(storageClass as IdleClass);

/** `tiers` and the steps in ascending order of days. */
export function tierSteps(tiers: readonly Tier[]): TierStep[] {
  const steps = tiers.flatMap((tier, n) => {
    const until = tiers[n + 1]?.afterDays ?? Infinity;
    return [tier, ...idleSteps(tier)].filter(({ afterDays }) => afterDays < until);
  });
  return [{ storageClass: 'STANDARD', afterDays: 0 }, ...steps];
}

function idleSteps(tier: Tier): TierStep[] {
  if (tier.storageClass !== 'INTELLIGENT_TIERING') return [];
  const { archiveAccessDays, deepArchiveAccessDays } = tier;
  const idleDays = [30, 90, archiveAccessDays, deepArchiveAccessDays];
  return idleClasses.flatMap((storageClass, n) => {
    const days = idleDays[n];
    return days === undefined ? [] : [{ storageClass, afterDays: tier.afterDays + days }];
  });
}
