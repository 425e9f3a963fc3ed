/** What a month of stored sets amounts to, class by class. */
import { type Tier, type TierClass, tierClasses } from '../config/tiers.ts';
import { gibibyte, monthMs } from './prices.ts';
import type { Span } from './run-times.ts';
import type { LivedSet } from './simulate-sets.ts';
import { isWatched, leastDays, type StorageClass, tierSteps } from './tier-steps.ts';

export interface StorageMonth {
  /** Averaged over the month. */
  readonly gibMonths: ReadonlyMap<StorageClass, number>;
  /** What is billed for the rest of a class's least days, of what left it before in the month. */
  readonly earlyGibMonths: ReadonlyMap<StorageClass, number>;
  /** Sets that entered a class in the month. */
  readonly moved: ReadonlyMap<TierClass, readonly LivedSet[]>;
  /** In INTELLIGENT_TIERING, and which share of the month. */
  readonly watched: readonly { readonly set: LivedSet; readonly share: number }[];
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
  const perMs = ({ set }: Stay) => bytesOf(set) / gibibyte / monthMs;
  const gibMonths = (billed: (stay: Stay, month: Span) => number) =>
    byClass.map(
      ([name, list]) => [name, total(list, (stay) => billed(stay, month) * perMs(stay))] as const,
    );
  const arrivals = (name: TierClass) =>
    stays
      .filter(({ storageClass, fromMs }) => storageClass === name && isIn(fromMs, month))
      .map(({ set }) => set);
  const shareOf = (set: LivedSet) => livedMs(set, month) / (month.toMs - month.fromMs);
  return {
    gibMonths: new Map(gibMonths(overlapMs)),
    earlyGibMonths: new Map(gibMonths(restMs).filter(([, rest]) => rest > 0)),
    moved: new Map(tierClasses.map((name) => [name, arrivals(name)])),
    watched: stays
      .filter(({ storageClass }) => isWatched(storageClass))
      .map((stay) => ({ set: stay.set, share: overlapMs(stay, month) / monthMs })),
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
  const steps = tierSteps(tiers);
  return steps.flatMap(({ storageClass, afterDays }, n) => {
    const fromMs = bornMs + afterDays * dayMs;
    const next = steps[n + 1];
    const toMs = Math.min(removedMs, next ? bornMs + next.afterDays * dayMs : Infinity);
    return toMs > fromMs ? [{ set, storageClass, fromMs, toMs }] : [];
  });
}

/** Who leaves a class before its least days pays the rest at once. */
function restMs(stay: Stay, month: Span): number {
  const rest = stay.fromMs + leastDays(stay.storageClass) * dayMs - stay.toMs;
  return isIn(stay.toMs, month) ? Math.max(0, rest) : 0;
}

const livedMs = ({ bornMs, removedMs = Infinity }: LivedSet, month: Span): number =>
  overlapMs({ fromMs: bornMs, toMs: removedMs }, month);

const overlapMs = (a: Span, b: Span): number =>
  Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs));

const isIn = (atMs: number, { fromMs, toMs }: Span): boolean => atMs >= fromMs && atMs < toMs;
