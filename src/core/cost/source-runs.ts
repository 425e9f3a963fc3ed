/** Which runs a source has in a month, and what each of them needs. */
import type { CostFacts, SourceFacts } from './facts.ts';
import type { StorageMonth } from './month-of-storage.ts';
import { type RecordedMachine, recorded } from './recorded.ts';
import type { Runs } from './run-lines.ts';
import { runsPerMonth } from './run-times.ts';
import type { SetSizes } from './set-sizes.ts';

export interface Running {
  readonly facts: CostFacts;
  /** Runs in a month by schedule, as far as they were counted. */
  readonly simulated: { readonly runs: Map<string, number> };
  readonly sizeOf: (policy: string) => SetSizes;
  /** At the primary. */
  readonly month: Pick<StorageMonth, 'sets' | 'made'>;
}

/** As the data path cuts objects at its default memory. */
const partBytes = 8 * 1024 ** 2;

export function backupRuns(source: SourceFacts, running: Running): Runs[] {
  const { facts, sizeOf, month } = running;
  return Object.entries(source.policies).map(([name, policy]) => {
    const size = sizeOf(name);
    const made = month.made.filter((set) => set.policy === name);
    const increments = made.filter(({ full }) => !full).length;
    const share = increments / Math.max(1, made.length);
    const mixed = (full: number, increment: number) => full * (1 - share) + increment * share;
    return {
      name,
      perMonth: runsOf(policy.schedule, running),
      machine: withCopies(
        policy.incremental ? ofChain(made.length, increments) : recorded.full,
        facts,
      ),
      sets: month.sets,
      taskSeconds: mixed(size.fullSeconds, size.incrementSeconds),
      objects: size.objects,
      parts: mixed(size.fullBytes, size.incrementBytes) / partBytes,
    };
  });
}

export function drillRuns(source: SourceFacts, running: Running): Runs {
  const [first = ''] = Object.keys(source.policies);
  const size = running.sizeOf(first);
  return {
    name: 'drill',
    perMonth: runsOf(source.drillSchedule, running),
    machine: recorded.drill,
    sets: running.month.sets,
    taskSeconds: source.drillSeconds ?? 2 * size.fullSeconds,
    objects: size.objects,
    parts: size.fullBytes / partBytes,
  };
}

function runsOf(schedule: string | undefined, { facts, simulated }: Running): number {
  if (schedule === undefined) return 0;
  const perMonth = simulated.runs.get(schedule) ?? runsPerMonth(schedule, facts.now);
  simulated.runs.set(schedule, perMonth);
  return perMonth;
}

type Grown = 'put' | 'get' | 'functionSeconds';

function changed(
  machine: RecordedMachine,
  change: (figure: Grown) => RecordedMachine[Grown],
): RecordedMachine {
  return {
    ...machine,
    put: change('put'),
    get: change('get'),
    functionSeconds: change('functionSeconds'),
  };
}

/**
 * When it was recorded, the chain was as long as the sets were many. Here a run finds half of the links
 * between two fulls on average, and as many sets as retention keeps.
 */
function ofChain(made: number, increments: number): RecordedMachine {
  const { full, incremental } = recorded;
  const links = made / Math.max(1, made - increments) / 2;
  return changed(incremental, (figure) => ({
    base:
      incremental[figure].base +
      links * Math.max(0, incremental[figure].perSet - full[figure].perSet),
    perSet: full[figure].perSet,
  }));
}

/** A copy made by Holdfast costs as much more as it did when it was recorded, for each copy. */
function withCopies(machine: RecordedMachine, { destinations }: CostFacts): RecordedMachine {
  const copies = destinations.filter(({ way }) => way === 'holdfast').length;
  if (copies === 0) return machine;
  const { full, fullWithCopy } = recorded;
  const more = changed(machine, (figure) => ({
    base: machine[figure].base + copies * (fullWithCopy[figure].base - full[figure].base),
    perSet: machine[figure].perSet + copies * (fullWithCopy[figure].perSet - full[figure].perSet),
  }));
  return {
    ...more,
    transitions: machine.transitions + fullWithCopy.transitions - full.transitions,
    tasks: machine.tasks + fullWithCopy.tasks - full.tasks,
  };
}
