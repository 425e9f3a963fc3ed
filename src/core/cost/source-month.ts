/** The month of one source: its sets at every destination, and its runs. */
import type { CostFacts, DestinationFacts, SourceFacts } from './facts.ts';
import { monthOfStorage, type StorageMonth } from './month-of-storage.ts';
import { type CostLine, monthMs, sumOf } from './prices.ts';
import { runLines } from './run-lines.ts';
import { type SetSizes, setSizes } from './set-sizes.ts';
import { type LivedSet, settlingMs, simulateSets } from './simulate-sets.ts';
import { backupRuns, drillRuns } from './source-runs.ts';
import { storageLines } from './storage-lines.ts';

/** `coming`: from what lies in the vault now. `settled`: once retention removes as much as is made. */
export type Moment = 'coming' | 'settled';

export interface StoredThere {
  readonly destination: DestinationFacts;
  /** Averaged over the month. */
  readonly sets: number;
  /** In the month. */
  readonly made: number;
}

export interface SourceMonth {
  readonly source: string;
  /** At the primary, averaged over the month. */
  readonly sets: number;
  readonly storedBytes: number;
  /** The primary first. */
  readonly at: readonly StoredThere[];
  readonly runs: number;
  readonly lines: readonly CostLine[];
  readonly dollars: number;
}

/** Sets grow by this against those measured: 1.2 is a fifth more. */
export interface MonthOptions {
  readonly moment: Moment;
  /** What was simulated for sources with the same rules. */
  readonly simulated: SimulationCache;
  readonly growth?: number;
}

export function sourceMonth(
  source: SourceFacts,
  facts: CostFacts,
  { moment, simulated, growth = 1 }: MonthOptions,
): SourceMonth {
  const sizeOf = sizesOf(source, growth);
  const [first, ...others] = facts.destinations;
  const store = (destination: DestinationFacts) => ({
    destination,
    month: storedMonth(source, { facts, destination, moment, simulated, sizeOf }),
  });
  const primary = store(first);
  const stored = [primary, ...others.map(store)];
  const running = { facts, simulated, sizeOf, month: primary.month };
  const runs = [...backupRuns(source, running), drillRuns(source, running)];
  const measures = { bytesOf: bytesOf(sizeOf), objectsOf: objectsOf(sizeOf) };
  const lines = [
    ...stored.flatMap(({ destination, month }) => storageLines(month, destination, measures)),
    ...runs.flatMap((each) => runLines(each, source, facts)),
  ];
  return {
    source: source.name,
    sets: primary.month.sets,
    storedBytes: primary.month.storedBytes,
    at: stored.map(({ destination, month: { sets, made } }) => ({
      destination,
      sets,
      made: made.length,
    })),
    runs: runs.reduce((sum, { perMonth }) => sum + perMonth, 0),
    lines,
    dollars: sumOf(lines),
  };
}

type SizeOf = (policy: string) => SetSizes;

function sizesOf({ measured, expectedBytes }: SourceFacts, growth: number): SizeOf {
  const sizes = new Map<string, SetSizes>();
  return (policy) => {
    const known = sizes.get(policy);
    if (known) return known;
    const { fullBytes, incrementBytes, ...rest } = setSizes(policy, measured, expectedBytes);
    const size = {
      ...rest,
      fullBytes: fullBytes * growth,
      incrementBytes: incrementBytes * growth,
    };
    sizes.set(policy, size);
    return size;
  };
}

/** Sets that are there have their own size, those to come that of their kind. */
const bytesOf =
  (sizeOf: SizeOf) =>
  ({ policy, full, storedBytes }: LivedSet): number => {
    const { fullBytes, incrementBytes } = sizeOf(policy);
    return storedBytes ?? (full ? fullBytes : incrementBytes);
  };

const objectsOf =
  (sizeOf: SizeOf) =>
  ({ policy }: LivedSet): number =>
    sizeOf(policy).objects;

/** Ten thousand sources have a handful of rules and schedules. */
export interface SimulationCache {
  readonly sets: Map<string, LivedSet[]>;
  readonly runs: Map<string, number>;
}

interface Storing {
  readonly facts: CostFacts;
  readonly destination: DestinationFacts;
  readonly moment: Moment;
  readonly simulated: SimulationCache;
  readonly sizeOf: SizeOf;
}

function storedMonth(
  source: SourceFacts,
  { facts, destination, moment, simulated, sizeOf }: Storing,
): StorageMonth {
  const { policies } = source;
  const { keep, lockDays, tiers } = destination;
  const fromMs = facts.now.getTime();
  const month = { fromMs, toMs: fromMs + monthMs };
  const rules = { policies, keep, lockDays, floor: facts.floor };
  const present = moment === 'coming' ? source.present : [];
  const startMs = moment === 'coming' ? fromMs : fromMs - settlingMs(rules);
  const key = JSON.stringify([rules, startMs, present]);
  const lived =
    simulated.sets.get(key) ?? simulateSets(rules, { fromMs: startMs, watched: month }, present);
  simulated.sets.set(key, lived);
  return monthOfStorage(lived, month, { tiers, bytesOf: bytesOf(sizeOf) });
}
