/** The month of one source: its sets at every destination, and its runs. */
import type { CostFacts, DestinationFacts, SourceFacts } from './facts.ts';
import { monthOfStorage, type StorageMonth } from './month-of-storage.ts';
import { type CostLine, monthMs, sumOf } from './prices.ts';
import { type RecordedMachine, recorded } from './recorded.ts';
import { type Runs, runLines } from './run-lines.ts';
import { runsPerMonth } from './run-times.ts';
import { assumed, type SetSizes, setSizes } from './set-sizes.ts';
import { type LivedSet, settlingMs, simulateSets } from './simulate-sets.ts';
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
  const sizes = sizesOf(source, growth);
  const stored = facts.destinations.map((destination) => ({
    destination,
    month: storedMonth(source, { facts, destination, moment, simulated, sizes }),
  }));
  const primary = stored[0]?.month;
  const sets = primary?.sets ?? 0;
  const runs = [
    ...backupRuns(source, { facts, simulated, sizes, sets }),
    drillRuns(source, { facts, simulated, sizes, sets }),
  ];
  const lines = [
    ...stored.flatMap(({ destination, month }) =>
      storageLines(month, destination, { bytesOf: bytesOf(sizes), objectsOf: objectsOf(sizes) }),
    ),
    ...runs.flatMap((each) => runLines(each, source, facts)),
  ];
  return {
    source: source.name,
    sets,
    storedBytes: primary?.storedBytes ?? 0,
    at: stored.map(({ destination, month }) => ({
      destination,
      sets: month.sets,
      made: month.made.length,
    })),
    runs: runs.reduce((sum, { perMonth }) => sum + perMonth, 0),
    lines,
    dollars: sumOf(lines),
  };
}

type SizesByPolicy = ReadonlyMap<string, SetSizes>;

function sizesOf(
  { policies, measured, expectedBytes }: SourceFacts,
  growth: number,
): SizesByPolicy {
  const entries = Object.keys(policies).map((policy) => {
    const { fullBytes, incrementBytes, ...rest } = setSizes(policy, measured, expectedBytes);
    const grown = { fullBytes: fullBytes * growth, incrementBytes: incrementBytes * growth };
    return [policy, { ...rest, ...grown }] as const;
  });
  return new Map(entries);
}

/** Sets that are there have their own size, those to come that of their kind. */
const bytesOf =
  (sizes: SizesByPolicy) =>
  ({ policy, full, storedBytes }: LivedSet): number => {
    const size = sizes.get(policy);
    return storedBytes ?? (full ? size?.fullBytes : size?.incrementBytes) ?? 0;
  };

const objectsOf =
  (sizes: SizesByPolicy) =>
  ({ policy }: LivedSet): number =>
    sizes.get(policy)?.objects ?? assumed.objects;

interface Storing {
  readonly facts: CostFacts;
  readonly destination: DestinationFacts;
  readonly moment: Moment;
  readonly simulated: SimulationCache;
  readonly sizes: SizesByPolicy;
}

/** Ten thousand sources have a handful of rules and schedules. */
export interface SimulationCache {
  readonly sets: Map<string, LivedSet[]>;
  readonly runs: Map<string, number>;
}

function storedMonth(
  source: SourceFacts,
  { facts, destination, moment, simulated, sizes }: Storing,
): StorageMonth {
  const { policies } = source;
  const { keep, lockDays, tiers } = destination;
  const fromMs = facts.now.getTime();
  const month = { fromMs, toMs: fromMs + monthMs };
  const rules = { policies, keep, lockDays, floor: facts.floor };
  const present = moment === 'coming' ? source.present : [];
  const startMs = moment === 'coming' ? fromMs : fromMs - settlingMs(rules);
  const simulate = () => simulateSets(rules, { fromMs: startMs, watched: month }, present);
  const key = JSON.stringify([rules, startMs, fromMs]);
  const lived = present.length > 0 ? simulate() : (simulated.sets.get(key) ?? simulate());
  if (present.length === 0) simulated.sets.set(key, lived);
  return monthOfStorage(lived, month, { tiers, bytesOf: bytesOf(sizes) });
}

interface Running {
  readonly facts: CostFacts;
  readonly simulated: SimulationCache;
  readonly sizes: SizesByPolicy;
  readonly sets: number;
}

function runsOf(schedule = '', now: Date, { runs }: SimulationCache): number {
  const known = runs.get(schedule) ?? runsPerMonth(schedule === '' ? undefined : schedule, now);
  runs.set(schedule, known);
  return known;
}

/** As the data path cuts objects at its default memory. */
const partBytes = 8 * 1024 ** 2;

function backupRuns(source: SourceFacts, { facts, simulated, sizes, sets }: Running): Runs[] {
  return Object.entries(source.policies).map(([name, policy]) => {
    const size = sizes.get(name);
    const share = policy.incremental ? incrementShare(policy.full) : 0;
    const mixed = (full = 0, increment = 0) => full * (1 - share) + increment * share;
    return {
      name,
      perMonth: runsOf(policy.schedule, facts.now, simulated),
      machine: machineOf(policy.incremental, facts),
      sets,
      taskSeconds: mixed(size?.fullSeconds, size?.incrementSeconds),
      objects: size?.objects ?? assumed.objects,
      parts: mixed(size?.fullBytes, size?.incrementBytes) / partBytes,
    };
  });
}

/** Six of seven nights where a full is weekly. */
function incrementShare(full: string | undefined): number {
  const days =
    { daily: 1, weekly: 7, monthly: 30 }[full ?? 'weekly'] ?? Number.parseInt(full ?? '7', 10);
  return 1 - 1 / Math.max(1, days);
}

/** A copy made by Holdfast costs as much more as it did when it was recorded, for each copy. */
function machineOf(incremental: boolean, { destinations }: CostFacts): RecordedMachine {
  const plain = incremental ? recorded.incremental : recorded.full;
  const copies = destinations.filter(({ way }) => way === 'holdfast').length;
  if (copies === 0) return plain;
  const { full, fullWithCopy } = recorded;
  const more = (figure: 'put' | 'get' | 'functionSeconds') => ({
    base: plain[figure].base + copies * (fullWithCopy[figure].base - full[figure].base),
    perSet: plain[figure].perSet + copies * (fullWithCopy[figure].perSet - full[figure].perSet),
  });
  return {
    ...plain,
    transitions: plain.transitions + fullWithCopy.transitions - full.transitions,
    tasks: plain.tasks + fullWithCopy.tasks - full.tasks,
    put: more('put'),
    get: more('get'),
    functionSeconds: more('functionSeconds'),
  };
}

function drillRuns(source: SourceFacts, { facts, simulated, sizes, sets }: Running): Runs {
  const [size] = sizes.values();
  return {
    name: 'drill',
    perMonth: runsOf(source.drillSchedule, facts.now, simulated),
    machine: recorded.drill,
    sets,
    taskSeconds: source.drillSeconds ?? 2 * (size?.fullSeconds ?? 0),
    objects: size?.objects ?? assumed.objects,
    parts: (size?.fullBytes ?? 0) / partBytes,
  };
}
