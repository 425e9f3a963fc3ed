/** Walks a scope from state to state. Every step is journaled before the next begins. */
import type { Json } from '../core/canonical-json.ts';
import type { Branch, State } from './definition/states-language.ts';
import { type Execution, machineArn, stateEvent } from './execution.ts';
import { evaluate } from './expressions/evaluate.ts';
import type { NewEvent, Outcome, Progress, ScopeRecord } from './journal/records.ts';
import { checkSize, StateError } from './state-error.ts';
import { runState } from './states/index.ts';
import type { BranchStart, Departure, Extra, Visit } from './states/visit.ts';

type Variables = Readonly<Record<string, Json>>;

/** Where a scope runs: its states, what it sees from outside, and what ends it early. */
export interface ScopeFrame {
  readonly path: string;
  readonly branch: Branch;
  readonly outer: Variables;
  readonly signal: AbortSignal;
}

/**
 * Runs the scope to its end, from wherever the journal says it stands.
 * @throws Interruption when it is ended from outside; the journal then holds the last step
 */
export async function runScope(execution: Execution, frame: ScopeFrame): Promise<Outcome> {
  for (;;) {
    frame.signal.throwIfAborted();
    const scope = current(execution, frame.path);
    if (scope.outcome !== undefined) return scope.outcome;
    const visit = openVisit(execution, frame, scope);
    try {
      advance(execution, frame, await runState(visit));
    } catch (failure) {
      if (!(failure instanceof StateError)) throw failure;
      fail(execution, frame, failure);
    }
  }
}

/** The record of a scope that enters its first state. */
export function firstRecord(
  branch: Branch,
  start: Pick<ScopeRecord, 'path' | 'input'> & Pick<Partial<ScopeRecord>, 'item'>,
  now: Date,
): { scope: ScopeRecord; event: NewEvent } {
  const { StartAt: state } = branch;
  const scope: ScopeRecord = { ...start, state, visit: 1, variables: {}, progress: entered(now) };
  return { scope, event: enteredEvent(branch, state, start.input) };
}

const entered = (now: Date): Progress => ({
  enteredAt: now.toISOString(),
  attempt: 0,
  retries: [],
});

function enteredEvent(branch: Branch, name: string, input: Json): NewEvent {
  return stateEvent(stateNamed(branch, name).Type, 'Entered', { name, input });
}

function advance(execution: Execution, frame: ScopeFrame, departure: Departure): void {
  const { path, branch } = frame;
  const scope = current(execution, path);
  const { next, output, assigned, events } = departure;
  const { Type: type } = stateNamed(branch, scope.state);
  const details = {
    name: scope.state,
    output,
    ...(Object.keys(assigned).length > 0 ? { assignedVariables: assigned } : {}),
  };
  const left = [...events, stateEvent(type, 'Exited', details)];
  const variables = { ...scope.variables, ...assigned };
  if (next === undefined) {
    const ended = { ...scope, variables: {}, outcome: { output } };
    execution.commit({
      scope: ended,
      dropBelow: path,
      events: [...left, ...endEvents(scope, path)],
    });
    return;
  }
  execution.commit({
    scope: {
      ...scope,
      state: next,
      visit: scope.visit + 1,
      input: output,
      variables,
      progress: entered(execution.clock.now()),
    },
    dropBelow: path,
    events: [...left, enteredEvent(branch, next, output)],
  });
}

function fail(execution: Execution, { path }: ScopeFrame, failure: StateError): void {
  const scope = current(execution, path);
  const { failure: outcome, events } = failure;
  const ended = { ...scope, variables: {}, outcome };
  const failed =
    scope.item === undefined || path === ''
      ? []
      : [{ type: 'MapIterationFailed', details: { index: scope.item.Index, ...outcome } }];
  execution.commit({ scope: ended, dropBelow: path, events: [...events, ...failed] });
}

const endEvents = (scope: ScopeRecord, path: string): NewEvent[] =>
  scope.item === undefined || path === ''
    ? []
    : [{ type: 'MapIterationSucceeded', details: { index: scope.item.Index } }];

function openVisit(execution: Execution, frame: ScopeFrame, scope: ScopeRecord): Visit {
  const { path, branch, outer, signal } = frame;
  const latest = (): ScopeRecord => current(execution, path);
  const variables = { ...outer, ...scope.variables };
  return {
    execution: execution.record.id,
    scope: path,
    name: scope.state,
    state: stateNamed(branch, scope.state),
    input: scope.input,
    signal,
    clock: execution.clock,
    random: execution.random,
    resources: execution.resources,
    progress: () => latest().progress,
    save: (patch, events = []) => {
      const progress = { ...latest().progress, ...patch };
      execution.commit({ scope: { ...latest(), progress }, events });
    },
    restart: (progress, events) =>
      execution.commit({ scope: { ...latest(), progress }, dropBelow: path, events }),
    evaluate: (template, extra) =>
      evaluate(
        template,
        { ...variables, states: statesOf(execution, latest(), extra) },
        { state: scope.state, field: extra.field },
      ),
    runBranch: (start) => runBranch(execution, { frame, scope: latest(), start, variables }),
  };
}

interface BranchContext {
  readonly frame: ScopeFrame;
  readonly scope: ScopeRecord;
  readonly start: BranchStart;
  readonly variables: Variables;
}

function runBranch(execution: Execution, context: BranchContext): Promise<Outcome> {
  const { scope, start, variables } = context;
  const { branch, index, input, events, signal } = start;
  const item = start.item ?? scope.item;
  const place = `${scope.visit}.${scope.progress.attempt}.${index}`;
  const path = scope.path === '' ? place : `${scope.path}/${place}`;
  if (execution.scope(path) === undefined) {
    const begun = { path, input, ...(item === undefined ? {} : { item }) };
    const first = firstRecord(branch, begun, execution.clock.now());
    checkSize(input, `the input of branch ${index} of ${scope.state}`);
    execution.commit({ scope: first.scope, events: [...events, first.event] });
  }
  return runScope(execution, { path, branch, outer: variables, signal });
}

/** Developer guide, "Accessing execution data from the Context object". */
function statesOf(execution: Execution, scope: ScopeRecord, extra: Extra) {
  const { record, arn } = execution;
  const { field: _, item = scope.item, token, ...members } = extra;
  return {
    input: scope.input,
    ...members,
    context: {
      Execution: {
        Id: arn,
        Input: record.input,
        Name: record.id,
        RoleArn: 'arn:aws:iam::000000000000:role/local',
        StartTime: record.startedAt,
        RedriveCount: 0,
      },
      State: {
        EnteredTime: scope.progress.enteredAt,
        Name: scope.state,
        RetryCount: scope.progress.attempt,
      },
      StateMachine: { Id: machineArn(record.machine), Name: record.machine },
      ...(item === undefined ? {} : { Map: { Item: item } }),
      ...(token === undefined ? {} : { Task: { Token: token } }),
    },
  };
}

function current(execution: Execution, path: string): ScopeRecord {
  const scope = execution.scope(path);
  if (scope === undefined) throw new StateError('States.Runtime', `scope ${path} is not journaled`);
  return scope;
}

function stateNamed(branch: Branch, name: string): State {
  const state = branch.States[name];
  if (state === undefined) throw new StateError('States.Runtime', `there is no state ${name}`);
  return state;
}
