/** Who runs an execution: this process, another one, or nobody any more. */
import type { Json } from '../core/canonical-json.ts';
import { LeaseHeldError } from '../core/errors.ts';
import type { Conductor } from './conduct.ts';
import type { Journal } from './journal/journal.ts';
import type { ExecutionRecord, StoredExecution } from './journal/records.ts';
import { livenessOf, ownIdentity, sameProcess } from './processes/identity.ts';
import { type Begin, demand, type StartOptions } from './starter.ts';
import type { TaskLauncher } from './task-launcher.ts';

export interface TakeOverOptions {
  /** Does not wait for another machine's process, which cannot be seen from here, to be silent. */
  readonly force?: boolean;
}

export interface NestedStart extends Required<StartOptions> {
  /** The step has begun before, in a process that died. */
  readonly isRepeated: boolean;
}

export interface OwnershipParts {
  readonly journal: Journal;
  readonly tasks: TaskLauncher;
  readonly conductor: Conductor;
  readonly begin: Begin;
  readonly now: () => Date;
}

/** A process that cannot be seen from here, another container's, is dead after so long a silence. */
const silenceMilliseconds = 10 * 60_000;

/** Executions this process conducts, by journal: two runners of one process share them. */
const held = new Set<string>();

export type Ownership = ReturnType<typeof openOwnership>;

export function openOwnership({ journal, tasks, conductor, begin, now }: OwnershipParts) {
  const keyOf = (id: string): string => `${journal.path}\0${id}`;

  const isSilent = ({ aliveAt }: ExecutionRecord): boolean =>
    now().getTime() - Date.parse(aliveAt) > silenceMilliseconds;

  const conduct = (record: StoredExecution): void => {
    held.add(keyOf(record.id));
    const release = () => held.delete(keyOf(record.id));
    conductor.conduct(record).done.then(release, release);
  };

  const isFree = (record: ExecutionRecord, { force = false }: TakeOverOptions = {}): boolean => {
    if (sameProcess(record.owner, ownIdentity())) return !held.has(keyOf(record.id));
    const liveness = livenessOf(record.owner);
    return liveness === 'dead' || (liveness === 'elsewhere' && (force || isSilent(record)));
  };

  /** Makes it this process's own, its orphans ended; false when somebody has it. */
  const takeOver = async (record: ExecutionRecord, options?: TakeOverOptions): Promise<boolean> => {
    if (!isFree(record, options)) return false;
    if (!journal.owners.claim(record.id, record.owner, ownIdentity())) return false;
    held.add(keyOf(record.id));
    for (const task of journal.tasks.load(record.id)) {
      await tasks.endOrphan(task);
      journal.tasks.remove(task.mark);
    }
    return true;
  };

  const resume = async (id: string, options?: TakeOverOptions): Promise<ExecutionRecord> => {
    const record = demand(journal, id);
    if (record.status !== 'RUNNING' || conductor.running.has(id)) return record;
    if (!(await takeOver(record, options))) throw heldElsewhere(record);
    const taken = demand(journal, id);
    const event = { type: 'ExecutionResumed', details: { resumes: taken.resumes } };
    journal.record(ownIdentity(), { execution: id, events: [event] });
    conduct(taken);
    return taken;
  };

  const start = (machine: string, input: Json, options: StartOptions): StoredExecution => {
    const { execution, begun } = begin(machine, input, options);
    if (begun) conduct(execution);
    return execution;
  };

  return {
    start,
    resume,
    takeOver,
    release: (id: string): boolean => held.delete(keyOf(id)),
    /** Running, and conducted by nobody. */
    dead: (): ExecutionRecord[] =>
      journal.executions.list({ status: 'RUNNING' }).filter((record) => isFree(record)),
    /** For a nested execution: a step that is repeated finds what it had started, ended or not. */
    startOrTakeUp: async (
      machine: string,
      input: Json,
      { isRepeated, ...options }: NestedStart,
    ) => {
      const known = isRepeated ? journal.executions.load(options.name) : undefined;
      const isOwn = known?.parent === options.parent && known.status !== 'RUNNING';
      if (known !== undefined && isOwn) return known;
      const execution = start(machine, input, options);
      return isFree(execution) ? resume(execution.id) : execution;
    },
  };
}

/** Another process that starts at the same time may be faster: then it is no failure. */
export async function resumeDead(ownership: Ownership): Promise<ExecutionRecord[]> {
  const resumed: ExecutionRecord[] = [];
  for (const { id } of ownership.dead()) {
    try {
      resumed.push(await ownership.resume(id));
    } catch (error) {
      if (!(error instanceof LeaseHeldError)) throw error;
    }
  }
  return resumed;
}

export function heldElsewhere({ id, owner }: ExecutionRecord): LeaseHeldError {
  const where = owner.machine === ownIdentity().machine ? '' : ` of machine ${owner.machine}`;
  return new LeaseHeldError(`execution ${id} is run by process ${owner.pid}${where}`, {
    code: 'EXECUTION_HELD',
    hint: `Wait for it, or end it with: holdfast executions stop ${id}`,
  });
}
