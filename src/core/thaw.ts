/**
 * Objects in S3's archive classes are read only after a retrieval. How long that takes:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html
 */
import { durationText, sizeText } from './duration.ts';

/**
 * Where objects cannot be read as they are: two storage classes, of which a copy is made readable for some
 * days, and the archive tiers of INTELLIGENT_TIERING, out of which an object is moved for good.
 */
export const coldTiers = [
  'GLACIER',
  'ARCHIVE_ACCESS',
  'DEEP_ARCHIVE',
  'DEEP_ARCHIVE_ACCESS',
] as const;
export type ColdTier = (typeof coldTiers)[number];

export const isColdTier = (name: unknown): name is ColdTier => coldTiers.includes(name as ColdTier);

/** Such an object is asked for without a number of days. */
export const thawsForGood = (tier: ColdTier): boolean => tier.endsWith('_ACCESS');

export const retrievals = ['expedited', 'standard', 'bulk'] as const;
export type Retrieval = (typeof retrievals)[number];

const hour = 3600;
/** The upper end of what the page says, in seconds. */
const archive = { expedited: 300, standard: 5 * hour, bulk: 12 * hour };
const deepArchive = { expedited: 12 * hour, standard: 12 * hour, bulk: 48 * hour };
const atMostSeconds: Readonly<Record<ColdTier, Readonly<Record<Retrieval, number>>>> = {
  GLACIER: archive,
  ARCHIVE_ACCESS: archive,
  DEEP_ARCHIVE: deepArchive,
  DEEP_ARCHIVE_ACCESS: deepArchive,
};

/** Deep Archive knows no expedited retrieval: the fastest there is takes its place. */
export const possibleRetrieval = (tier: ColdTier, asked: Retrieval): Retrieval =>
  tier.startsWith('DEEP_') && asked === 'expedited' ? 'standard' : asked;

export interface ColdObject {
  readonly tier: ColdTier;
  readonly sizeBytes: number;
}

export interface ThawForecast {
  readonly readableBy: Date;
  /** Between two looks: a look costs a request for each object. */
  readonly lookEverySeconds: number;
  /** One sentence, for the history and for people. */
  readonly text: string;
}

/** What is waited for, since when it was asked for, and until when at most. */
export function thawForecast(
  waiting: readonly [ColdObject, ...ColdObject[]],
  asked: { readonly retrieval: Retrieval; readonly since: Date },
): ThawForecast {
  const tiers = coldTiers.filter((tier) => waiting.some((object) => object.tier === tier));
  const longest = Math.max(...tiers.map((tier) => atMostSeconds[tier][asked.retrieval]));
  const readableBy = new Date(asked.since.getTime() + longest * 1000);
  const bytes = waiting.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const objects = waiting.length === 1 ? '1 object' : `${waiting.length} objects`;
  return {
    readableBy,
    lookEverySeconds: longest <= 300 ? 60 : longest <= 12 * hour ? 900 : 1800,
    text:
      `${objects} (${sizeText(bytes)}) of the archive tier ${tiers.join(' and ')} brought back first, ` +
      `which takes at most ${durationText(longest)}: readable by ${readableBy.toISOString()}`,
  };
}
