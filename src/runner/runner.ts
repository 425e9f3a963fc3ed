/** Starts, resumes, stops and shows executions on one machine. */
import type { Json } from '../core/canonical-json.ts';
import { HoldfastError } from '../core/errors.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Conductor, openConductor } from './conduct.ts';
import type { ExecutionFilter } from './journal/executions.ts';
import type { ExecutionRecord, HistoryEvent, StoredExecution } from './journal/records.ts';
import { openOwnership, resumeDead, type TakeOverOptions } from './ownership.ts';
import { livenessOf } from './processes/identity.ts';
import { openResources } from './resources/index.ts';
import type { FunctionHandler } from './resources/lambda-invoke.ts';
import type { Nesting } from './resources/start-execution.ts';
import { openTokenAnswers, type TokenAnswers } from './resources/task-tokens.ts';
import { demand, mintName, openStarter, type StarterParts, type StartOptions } from './starter.ts';
import { Interruption } from './state-error.ts';
import { abortDead, type StopRequest, stopExecution, watchJournal } from './stopping.ts';
import type { TaskLauncher } from './task-launcher.ts';

export interface RunnerOptions extends Omit<StarterParts, 'clock'> {
  /** Handlers by the ARN that the placeholders give them. */
  readonly functions: Readonly<Record<string, FunctionHandler>>;
  readonly tasks: TaskLauncher;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export interface Runner extends TokenAnswers {
  /** Returns when the start is journaled. @throws UsageError when the name is taken. */
  start(machine: string, input: Json, options?: StartOptions): Promise<ExecutionRecord>;
  /** Resolves when it ended, or, still RUNNING, when this process let go of it. */
  wait(id: string, signal?: AbortSignal): Promise<ExecutionRecord>;
  /** @throws LeaseHeldError while another process runs it */
  resume(id: string, options?: TakeOverOptions): Promise<ExecutionRecord>;
  /** Resumes every execution whose process is dead; one that outlived too many is aborted. */
  resumeDead(): Promise<ExecutionRecord[]>;
  /** Returns when it has ended, wherever it ran. */
  stop(id: string, request: StopRequest): Promise<ExecutionRecord>;
  /** Ends as ABORTED, orphans first, what dead processes left of `machine` and `which` picks. */
  abortDead(
    machine: string,
    which: (record: ExecutionRecord) => boolean,
    cause?: string,
  ): Promise<ExecutionRecord[]>;
  list(filter?: ExecutionFilter): ExecutionRecord[];
  /** @throws UsageError when there is none */
  describe(id: string): ExecutionRecord;
  history(id: string): HistoryEvent[];
  /** Called for each execution that ends here; returns how to stop that. */
  onEnded(listener: (record: ExecutionRecord) => void): () => void;
  /** Lets running executions end within the grace, then leaves them to be resumed. */
  close(graceMilliseconds?: number): Promise<void>;
}

const pollMilliseconds = 200;
/** An execution that takes its process with it must not do so for ever. */
const mostResumes = 10;
const hasKilledTooOften = ({ resumes }: ExecutionRecord): boolean => resumes >= mostResumes;
const tooOftenCause = `${mostResumes} processes that ran it died`;

export function createRunner(options: RunnerOptions): Runner {
  const { journal, tasks } = options;
  const clock = options.clock ?? systemClock();
  const listeners = new Set<(record: ExecutionRecord) => void>();
  const nesting: Nesting = {
    mintName: (machine) => mintName(machine, clock.now()),
    start: (machine, input, start) => ownership.startOrTakeUp(machine, input, start),
    wait: (id, signal) => runner.wait(id, signal),
    stop: (id, cause) => runner.stop(id, { cause }),
  };
  const conductor = openConductor(
    {
      journal,
      clock,
      random: options.random ?? Math.random,
      resources: openResources({ ...options, clock, nesting }),
    },
    (record) => {
      for (const tell of listeners) tell(record);
    },
  );
  const begin = openStarter({ ...options, clock });
  const ownership = openOwnership({ journal, tasks, conductor, begin, now: clock.now });
  const stopping = { journal, clock, conductor, ownership };
  const watch = watchJournal(stopping);

  const runner: Runner = {
    ...openTokenAnswers(journal, clock),
    start: async (machine, input, start = {}) =>
      publicRecord(ownership.start(machine, input, start)),
    wait: async (id, signal = new AbortController().signal) => {
      const conducted = conductor.running.get(id);
      if (conducted !== undefined) return orAborted(conducted.done, signal);
      return waitElsewhere(runner, id, { clock, signal });
    },
    resume: ownership.resume,
    resumeDead: async () => {
      await abortDead(stopping, hasKilledTooOften, tooOftenCause);
      return resumeDead(ownership);
    },
    stop: (id, request) => stopExecution(stopping, id, request),
    abortDead: (machine, which, cause = 'the process that ran it is dead') =>
      abortDead(stopping, (record) => record.machine === machine && which(record), cause),
    list: (filter) => journal.executions.list(filter),
    describe: (id) => publicRecord(demand(journal, id)),
    history: (id) => journal.history.read(demand(journal, id).id),
    onEnded: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async (graceMilliseconds = 0) => {
      await suspendAll(conductor, clock, graceMilliseconds);
      watch.close();
    },
  };
  return runner;
}

async function suspendAll({ running }: Conductor, clock: Clock, grace: number): Promise<void> {
  const conducted = [...running.values()];
  const all = Promise.allSettled(conducted.map(({ done }) => done));
  if (conducted.length > 0 && grace > 0) {
    await Promise.race([all, clock.sleep(grace, new AbortController().signal)]);
  }
  for (const { interrupt } of conducted) interrupt(new Interruption('suspended'));
  await all;
}

const publicRecord = ({ definition: _, deadline: __, ...record }: StoredExecution) => record;

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function waitElsewhere(
  runner: Runner,
  id: string,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<ExecutionRecord> {
  for (;;) {
    const record = runner.describe(id);
    if (record.status !== 'RUNNING') return record;
    if (livenessOf(record.owner) === 'dead') throw orphaned(id);
    await clock.sleep(pollMilliseconds, signal);
    signal.throwIfAborted();
  }
}

const orphaned = (id: string): HoldfastError =>
  new HoldfastError(`execution ${id} waits: the process that ran it is dead`, {
    code: 'EXECUTION_ORPHANED',
    hint: `Go on with: holdfast executions resume ${id}`,
  });
