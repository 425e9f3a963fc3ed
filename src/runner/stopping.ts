/** Ends executions from outside, wherever they run, and buries those of dead processes. */
import type { Clock } from './clock.ts';
import { type Conductor, endEvent } from './conduct.ts';
import type { Journal } from './journal/journal.ts';
import type { ExecutionRecord } from './journal/records.ts';
import { heldElsewhere, type Ownership, type TakeOverOptions } from './ownership.ts';
import { livenessOf, ownIdentity } from './processes/identity.ts';
import { demand } from './starter.ts';
import { Interruption } from './state-error.ts';

export interface StoppingParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly conductor: Conductor;
  readonly ownership: Ownership;
}

export interface StopRequest extends TakeOverOptions {
  readonly cause: string;
}

const pollMilliseconds = 200;
const signOfLifeMilliseconds = 30_000;

/** Returns when it has ended. @throws LeaseHeldError for one of another machine, unless forced */
export async function stopExecution(
  parts: StoppingParts,
  id: string,
  request: StopRequest,
): Promise<ExecutionRecord> {
  const { journal, clock, conductor } = parts;
  journal.executions.requestStop(id, request.cause);
  for (;;) {
    const record = demand(journal, id);
    if (record.status !== 'RUNNING') return record;
    const conducted = conductor.running.get(id);
    if (conducted !== undefined) {
      conducted.interrupt(new Interruption('stopped', request.cause));
      await conducted.done;
    } else if (!(await bury(parts, record, request))) {
      if (livenessOf(record.owner) === 'elsewhere') throw heldElsewhere(record);
      await clock.sleep(pollMilliseconds, new AbortController().signal);
    }
  }
}

/** Marks what dead processes left as ABORTED, orphans and nested executions first. */
export async function abortDead(
  parts: StoppingParts,
  which: (record: ExecutionRecord) => boolean,
  cause: string,
): Promise<ExecutionRecord[]> {
  const aborted: ExecutionRecord[] = [];
  for (const record of parts.ownership.dead().filter(which)) {
    if (await bury(parts, record, { cause })) aborted.push(demand(parts.journal, record.id));
  }
  return aborted;
}

async function bury(
  parts: StoppingParts,
  record: ExecutionRecord,
  request: StopRequest,
): Promise<boolean> {
  const { journal, ownership } = parts;
  if (!(await ownership.takeOver(record, request))) return false;
  const isChild = ({ parent }: ExecutionRecord): boolean => parent === record.id;
  await abortDead(parts, isChild, request.cause);
  const end = { status: 'ABORTED', cause: request.cause } as const;
  journal.record(ownIdentity(), { execution: record.id, end, events: [endEvent(end)] });
  ownership.release(record.id);
  return true;
}

/** While anything runs here: sees what others ask to stop, and gives signs of life. */
export function watchJournal({ journal, conductor }: Pick<StoppingParts, 'journal' | 'conductor'>) {
  const every = (milliseconds: number, act: () => void): NodeJS.Timeout => {
    const attempt = (): void => {
      try {
        if (conductor.running.size > 0) act();
      } catch {
        // A journal that fails is told of by the next transition and by /health.
      }
    };
    return setInterval(attempt, milliseconds).unref();
  };
  const timers = [
    every(pollMilliseconds, () => {
      for (const { id, cause } of journal.executions.stopRequests()) {
        conductor.running.get(id)?.interrupt(new Interruption('stopped', cause));
      }
    }),
    every(signOfLifeMilliseconds, () => journal.owners.touch(ownIdentity())),
  ];
  return { close: () => timers.forEach(clearInterval) };
}
