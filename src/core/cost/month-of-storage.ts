/** What a month of stored sets amounts to, class by class. */

import { gibibyte, monthMs } from './prices.ts';
import type { Span } from './run-times.ts';
import type { LivedSet } from './simulate-sets.ts';

export const storageClasses = [
  'STANDARD',
  'STANDARD_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
] as const;
export type StorageClass = (typeof storageClasses)[number];
export type ColdClass = Exclude<StorageClass, 'STANDARD'>;

/** Days for which a class is billed at least: AmazonS3/latest/userguide/storage-class-intro. */
export const leastDays: Readonly<Record<StorageClass, number>> = {
  STANDARD: 0,
  STANDARD_IA: 30,
  GLACIER_IR: 90,
  GLACIER: 90,
  DEEP_ARCHIVE: 180,
};

/** A rule of the bucket's lifecycle for `data/`. */
export interface Tier {
  readonly storageClass: StorageClass;
  readonly afterDays: number;
}

export interface StorageMonth {
  /** Averaged over the month, removal before a class's least days included. */
  readonly gibMonths: ReadonlyMap<StorageClass, number>;
  /** Sets that entered a class in the month. */
  readonly moved: ReadonlyMap<ColdClass, readonly LivedSet[]>;
  /** Averaged over the month. */
  readonly sets: number;
  readonly storedBytes: number;
  /** Made in the month. */
  readonly made: readonly LivedSet[];
  readonly removed: number;
}

const dayMs = 86_400_000;

interface Stay {
  readonly set: LivedSet;
  readonly storageClass: StorageClass;
  readonly fromMs: number;
  readonly toMs: number;
}

interface Measures {
  /** In ascending order of days. */
  readonly tiers: readonly Tier[];
  readonly bytesOf: (set: LivedSet) => number;
}

/** `month` is as long as AWS's month. */
export function monthOfStorage(
  sets: readonly LivedSet[],
  month: Span,
  { tiers, bytesOf }: Measures,
): StorageMonth {
  const stays = sets.flatMap((set) => staysOf(set, tiers));
  const byClass = [...Map.groupBy(stays, ({ storageClass }) => storageClass)];
  const gibOf = (stay: Stay) => billedMs(stay, month) * (bytesOf(stay.set) / gibibyte / monthMs);
  const arrivals = (list: readonly Stay[]) =>
    list.filter(({ fromMs }) => isIn(fromMs, month)).map(({ set }) => set);
  const shareOf = (set: LivedSet) => livedMs(set, month) / (month.toMs - month.fromMs);
  return {
    gibMonths: new Map(byClass.map(([name, list]) => [name, total(list, gibOf)])),
    moved: new Map(
      byClass.flatMap(([name, list]) => (name === 'STANDARD' ? [] : [[name, arrivals(list)]])),
    ),
    sets: total(sets, shareOf),
    storedBytes: total(sets, (set) => shareOf(set) * bytesOf(set)),
    made: sets.filter(({ bornMs }) => isIn(bornMs, month)),
    removed: sets.filter(({ removedMs = Infinity }) => isIn(removedMs, month)).length,
  };
}

const total = <T>(list: readonly T[], amount: (each: T) => number): number =>
  list.reduce((sum, each) => sum + amount(each), 0);

function staysOf(set: LivedSet, tiers: readonly Tier[]): Stay[] {
  const { bornMs, removedMs = Infinity } = set;
  const steps = [{ storageClass: 'STANDARD' as StorageClass, afterDays: 0 }, ...tiers];
  return steps.flatMap(({ storageClass, afterDays }, n) => {
    const fromMs = bornMs + afterDays * dayMs;
    const next = steps[n + 1];
    const toMs = Math.min(removedMs, next ? bornMs + next.afterDays * dayMs : Infinity);
    return toMs > fromMs ? [{ set, storageClass, fromMs, toMs }] : [];
  });
}

/** Who leaves a class before its least days pays the rest at once. */
function billedMs(stay: Stay, month: Span): number {
  const restMs = stay.fromMs + leastDays[stay.storageClass] * dayMs - stay.toMs;
  const rest = isIn(stay.toMs, month) ? Math.max(0, restMs) : 0;
  return overlapMs(stay, month) + rest;
}

const livedMs = ({ bornMs, removedMs = Infinity }: LivedSet, month: Span): number =>
  overlapMs({ fromMs: bornMs, toMs: removedMs }, month);

const overlapMs = (a: Span, b: Span): number =>
  Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs));

const isIn = (atMs: number, { fromMs, toMs }: Span): boolean => atMs >= fromMs && atMs < toMs;
