/** How large the next sets of a policy will be, by those there are. */
import { monthMs } from './prices.ts';

/** A committed, whole set as a forecast needs it. */
export interface MeasuredSet {
  readonly policy: string;
  readonly full: boolean;
  readonly bornMs: number;
  readonly storedBytes: number;
  readonly sourceBytes?: number | undefined;
  readonly objects: number;
  readonly seconds: number;
}

export interface SetSizes {
  readonly fullBytes: number;
  readonly incrementBytes: number;
  readonly objects: number;
  readonly fullSeconds: number;
  readonly incrementSeconds: number;
  /** `measured` where the vault has whole sets of the source. */
  readonly basis: 'measured' | 'assumed';
}

/** Before the first backup, and said so in the forecast. */
export const assumed = {
  fullBytes: 10 * 1024 ** 3,
  incrementShare: 0.05,
  objects: 4,
  bytesPerSecond: 50 * 1024 ** 2,
} as const;

const recent = 7;

/** `sets` are of one source; `fullBytes` is what somebody says in place of what nobody knows. */
export function setSizes(
  policy: string,
  sets: readonly MeasuredSet[],
  fullBytes: number = assumed.fullBytes,
): SetSizes {
  const ofPolicy = sets.filter((set) => set.policy === policy);
  const fulls = newest(ofPolicy.some(isFull) ? ofPolicy.filter(isFull) : sets.filter(isFull));
  const increments = newest(ofPolicy.filter((set) => !set.full));
  const bytes = median(fulls.map(({ storedBytes }) => storedBytes)) ?? fullBytes;
  const incrementBytes =
    median(increments.map(({ storedBytes }) => storedBytes)) ?? bytes * assumed.incrementShare;
  return {
    fullBytes: bytes,
    incrementBytes,
    objects: median(fulls.map(({ objects }) => objects)) ?? assumed.objects,
    fullSeconds: median(fulls.map(({ seconds }) => seconds)) ?? bytes / assumed.bytesPerSecond,
    incrementSeconds:
      median(increments.map(({ seconds }) => seconds)) ?? incrementBytes / assumed.bytesPerSecond,
    basis: fulls.length > 0 ? 'measured' : 'assumed',
  };
}

const isFull = ({ full }: MeasuredSet): boolean => full;

const newest = (sets: readonly MeasuredSet[]): MeasuredSet[] =>
  sets.toSorted((a, b) => b.bornMs - a.bornMs).slice(0, recent);

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [lower, upper] = [sorted[sorted.length % 2 ? middle : middle - 1], sorted[middle]];
  return lower === undefined || upper === undefined ? undefined : (lower + upper) / 2;
}

const fewest = 5;
const shortestMs = 7 * 86_400_000;

/**
 * By how much a whole set grows in a month, as a share of the newest ones: a straight line through all.
 * Undefined where fewer than five sets, or less than a week, would make it a guess.
 */
export function growthPerMonth(sets: readonly MeasuredSet[]): number | undefined {
  const fulls = sets.filter(isFull).toSorted((a, b) => a.bornMs - b.bornMs);
  const [first, last] = [fulls[0], fulls.at(-1)];
  if (!first || !last || fulls.length < fewest) return undefined;
  if (last.bornMs - first.bornMs < shortestMs) return undefined;
  const meanX = mean(fulls.map(({ bornMs }) => bornMs));
  const meanY = mean(fulls.map(({ storedBytes }) => storedBytes));
  const above = sum(fulls.map((set) => (set.bornMs - meanX) * (set.storedBytes - meanY)));
  const below = sum(fulls.map((set) => (set.bornMs - meanX) ** 2));
  const atEnd = meanY + (above / below) * (last.bornMs - meanX);
  return atEnd <= 0 ? undefined : ((above / below) * monthMs) / atEnd;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
