/**
 * `tiers:` of a destination: to which storage class S3 moves what lies under `data/`, and when.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 */
import { z } from 'zod';
import { bucketLocation } from '../bucket-location.ts';
import { layout } from '../layout.ts';
import { durationSeconds } from './values.ts';

/** In S3's order: a later class is entered from an earlier one, never the other way round. */
export const tierClasses = [
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
] as const;
export type TierClass = (typeof tierClasses)[number];

const daysSchema = z.string().regex(/^\d+[dw]$/, 'expected days or weeks: 30d, 4w');

export const tierSchema = z.strictObject({
  /** Since the object was made. */
  after: daysSchema,
  class: z.enum(tierClasses),
  /** Of INTELLIGENT_TIERING: when what nobody read goes to its archive tiers; absent, it never does. */
  archiveAccess: daysSchema.optional(),
  deepArchiveAccess: daysSchema.optional(),
});
export type TierConfig = z.infer<typeof tierSchema>;

export const wholeDays = (duration: string): number => durationSeconds(duration) / 86_400;

/** A rule of the bucket's lifecycle. */
export interface Tier {
  readonly storageClass: TierClass;
  readonly afterDays: number;
  readonly archiveAccessDays?: number;
  readonly deepArchiveAccessDays?: number;
}

/** In ascending order of days, as the configuration has to have them. */
export function tiersOf({
  tiers = [],
}: {
  readonly tiers?: readonly TierConfig[] | undefined;
}): Tier[] {
  return tiers.map(({ after, class: storageClass, archiveAccess, deepArchiveAccess }) => ({
    storageClass,
    afterDays: wholeDays(after),
    ...(archiveAccess && { archiveAccessDays: wholeDays(archiveAccess) }),
    ...(deepArchiveAccess && { deepArchiveAccessDays: wholeDays(deepArchiveAccess) }),
  }));
}

/** What tiers may move: the rest of a vault is small and read at once. */
export const tieredPrefix = (url: string): string =>
  `${bucketLocation(url)?.prefix ?? ''}${layout.data}`;

export interface ArchiveTiering {
  readonly tier: 'ARCHIVE_ACCESS' | 'DEEP_ARCHIVE_ACCESS';
  /** Without being read. */
  readonly days: number;
}

/** What INTELLIGENT_TIERING is allowed to archive. */
export const archiveTierings = (tiers: readonly Tier[]): ArchiveTiering[] =>
  tiers.flatMap(({ archiveAccessDays, deepArchiveAccessDays }) => [
    ...(archiveAccessDays === undefined
      ? []
      : [{ tier: 'ARCHIVE_ACCESS' as const, days: archiveAccessDays }]),
    ...(deepArchiveAccessDays === undefined
      ? []
      : [{ tier: 'DEEP_ARCHIVE_ACCESS' as const, days: deepArchiveAccessDays }]),
  ]);

/** Days after which an object under these tiers is read only after it was brought back. */
export function archivedAfterDays(tiers: readonly Tier[]): number | undefined {
  const days = tiers.flatMap((tier, n) => {
    const { storageClass, afterDays } = tier;
    if (storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE') return [afterDays];
    const until = tiers[n + 1]?.afterDays ?? Infinity;
    return [tier.archiveAccessDays, tier.deepArchiveAccessDays]
      .flatMap((idle) => (idle === undefined ? [] : [afterDays + idle]))
      .filter((archived) => archived < until);
  });
  return days.length === 0 ? undefined : Math.min(...days);
}

/** Days for which a class is billed at least: AmazonS3/latest/userguide/storage-class-intro. */
export const leastDays: Readonly<Record<TierClass, number>> = {
  STANDARD_IA: 30,
  INTELLIGENT_TIERING: 0,
  ONEZONE_IA: 30,
  GLACIER_IR: 90,
  GLACIER: 90,
  DEEP_ARCHIVE: 180,
};
