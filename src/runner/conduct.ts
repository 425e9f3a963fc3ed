/** Conducts executions that this process owns, each from where it stands to its end. */
import { JournalError } from '../core/errors.ts';
import { sleepUntil } from './clock.ts';
import { type ExecutionParts, openExecution } from './execution.ts';
import { runScope } from './interpreter.ts';
import { OwnershipLost } from './journal/journal.ts';
import type {
  ExecutionEnd,
  ExecutionRecord,
  NewEvent,
  Outcome,
  StoredExecution,
} from './journal/records.ts';
import { Interruption, StateError } from './state-error.ts';

type Parts = Omit<ExecutionParts, 'signal'>;

export interface Conducted {
  /** The record as it was left: ended, or still RUNNING when it was only suspended. */
  readonly done: Promise<ExecutionRecord>;
  readonly interrupt: (reason: Interruption) => void;
}

export interface Conductor {
  readonly running: ReadonlyMap<string, Conducted>;
  conduct(record: StoredExecution): Conducted;
}

export function openConductor(parts: Parts, onEnded: (record: ExecutionRecord) => void): Conductor {
  const running = new Map<string, Conducted>();
  return {
    running,
    conduct: (record) => {
      const controller = new AbortController();
      const done = run(record, parts, controller)
        .then((ended) => {
          if (ended.status !== 'RUNNING') onEnded(ended);
          return ended;
        })
        .finally(() => running.delete(record.id));
      // Whoever waits sees the failure; nobody may be waiting.
      done.catch(() => undefined);
      const conducted = { done, interrupt: (reason: Interruption) => controller.abort(reason) };
      running.set(record.id, conducted);
      return conducted;
    },
  };
}

async function run(
  record: StoredExecution,
  parts: Parts,
  controller: AbortController,
): Promise<ExecutionRecord> {
  const { signal } = controller;
  const execution = openExecution(record, { ...parts, signal });
  const watch = watchDeadline(record, parts, controller);
  try {
    const frame = { path: '', branch: record.definition, outer: {}, signal };
    const end = endOf(await runScope(execution, frame));
    execution.commit({ end, events: [endEvent(end)] });
  } catch (failure) {
    const end = interrupted(failure, signal);
    if (end !== undefined) execution.commit({ end, events: [endEvent(end)] });
  } finally {
    watch();
  }
  return parts.journal.executions.load(record.id) ?? record;
}

/** TimeoutSeconds of the machine counts from the start, whoever conducts. */
function watchDeadline(
  { deadline }: StoredExecution,
  { clock }: Parts,
  controller: AbortController,
): () => void {
  if (deadline === undefined) return () => undefined;
  const watching = new AbortController();
  const signal = AbortSignal.any([watching.signal, controller.signal]);
  sleepUntil(new Date(deadline), clock, signal).then(
    () => controller.abort(new Interruption('timed-out')),
    () => undefined,
  );
  return () => watching.abort(new Interruption('suspended'));
}

function endOf(outcome: Outcome): ExecutionEnd {
  if ('output' in outcome) return { status: 'SUCCEEDED', output: outcome.output };
  return { status: 'FAILED', ...outcome };
}

/** Undefined where the execution is only left to be resumed. @throws what the journal threw */
function interrupted(failure: unknown, signal: AbortSignal): ExecutionEnd | undefined {
  if (failure instanceof OwnershipLost) return undefined;
  const reason: unknown = signal.aborted ? signal.reason : failure;
  if (reason instanceof Interruption) return endOfInterruption(reason);
  if (isOfJournal(reason)) throw reason;
  const error = reason instanceof StateError ? reason.error : 'States.Runtime';
  const cause = reason instanceof Error ? reason.message : String(reason);
  return { status: 'FAILED', error, cause };
}

/** What was not journaled did not happen: the execution stays where it was. */
const isOfJournal = (failure: unknown): boolean =>
  failure instanceof JournalError || (failure instanceof Error && 'errcode' in failure);

function endOfInterruption(reason: Interruption): ExecutionEnd | undefined {
  if (reason.kind === 'stopped') return { status: 'ABORTED', cause: reason.message };
  if (reason.kind === 'timed-out') return { status: 'TIMED_OUT' };
  return undefined;
}

const endTypes = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  ABORTED: 'ExecutionAborted',
  TIMED_OUT: 'ExecutionTimedOut',
} as const;

/** A limit that has passed is named by its event alone, not by the execution. */
export function endEvent({ status, ...details }: ExecutionEnd): NewEvent {
  const error = status === 'TIMED_OUT' ? { error: 'States.Timeout' } : {};
  return { type: endTypes[status], details: { ...details, ...error } };
}
