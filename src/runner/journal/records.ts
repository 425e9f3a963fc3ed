/** What the journal holds: executions, their scopes, their history. */
import type { Json } from '../../core/canonical-json.ts';
import type { ExecutionEvent, ExecutionStatus, ExecutionSummary } from '../../core/executions.ts';
import type { Definition } from '../definition/states-language.ts';
import type { ProcessIdentity } from '../processes/identity.ts';

export type { ExecutionStatus };

/** One execution as lists show it: its `id` is unique in the journal, whatever the state machine. */
export interface ExecutionRecord extends ExecutionSummary {
  readonly owner: ProcessIdentity;
  /** The last sign of life of its owner while it ran. */
  readonly aliveAt: string;
}

/** An execution with what is needed to go on. */
export interface StoredExecution extends ExecutionRecord {
  readonly definition: Definition;
  readonly deadline?: string;
}

export interface ExecutionEnd {
  readonly status: Exclude<ExecutionStatus, 'RUNNING'>;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
}

/** An event of the history, before it is numbered. */
export type NewEvent = Pick<ExecutionEvent, 'type' | 'details'>;
export type HistoryEvent = ExecutionEvent;

/** What a state remembers within one visit; survives the process. */
export interface Progress {
  readonly enteredAt: string;
  /** Attempts before this one. */
  readonly attempt: number;
  /** Retries used, for each rule of Retry. */
  readonly retries: readonly number[];
  readonly retryAt?: string;
  /** Evaluated once per attempt, so that a repeated step gets the same. */
  readonly arguments?: Json;
  readonly result?: { readonly value: Json };
  readonly until?: string;
  readonly token?: string;
  readonly tokenSince?: string;
  readonly child?: string;
}

/** A timeout has no cause. */
export interface Failure {
  readonly error: string;
  readonly cause?: string;
}

export type Outcome = { readonly output: Json } | Failure;

/** A thread of states: the execution itself, a branch of a Parallel, an item of a Map. */
export interface ScopeRecord {
  /** '' for the execution, then `<visit>.<attempt>.<index>` joined by '/'. */
  readonly path: string;
  readonly state: string;
  /** How many states this scope entered. */
  readonly visit: number;
  readonly input: Json;
  readonly variables: Readonly<Record<string, Json>>;
  readonly progress: Progress;
  /** The item of the Map that this scope works on. */
  readonly item?: { readonly Index: number; readonly Value: Json };
  readonly outcome?: Outcome;
}

/** A transition: all of it is journaled, or nothing. */
export interface Transition {
  readonly execution: string;
  readonly scope?: ScopeRecord;
  /** Scopes below this path are forgotten: their state was left, or is tried again. */
  readonly dropBelow?: string;
  readonly events?: readonly NewEvent[];
  readonly end?: ExecutionEnd;
}
