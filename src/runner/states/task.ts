import type { Json } from '../../core/canonical-json.ts';
import type { TaskState } from '../definition/states-language.ts';
import type { NewEvent, Progress } from '../journal/records.ts';
import { type FoundResource, findResource, type TaskCall } from '../resources/resource.ts';
import { checkSize, HeartbeatTimeout, StateError } from '../state-error.ts';
import { type Deadlines, type Limit, withDeadlines } from './deadline.ts';
import { leave } from './leave.ts';
import { recoverable } from './recovery.ts';
import type { StateRunner, Visit } from './visit.ts';

type TaskVisit = Visit<TaskState>;

/** Developer guide, "Task workflow state" and "Integrating services". */
export const runTask: StateRunner<TaskState> = (visit) =>
  recoverable(visit, async () => {
    const result = visit.progress().result?.value ?? (await perform(visit));
    const { Assign: assign, Output: output, Next: next } = visit.state;
    return leave(visit, { assign, output, next, fallback: result, extra: { result } });
  });

async function perform(visit: TaskVisit): Promise<Json> {
  const found = findResource(visit.resources, visit.state.Resource);
  if (found === undefined) {
    throw new StateError('States.Runtime', `${visit.state.Resource} is not known to this runner`);
  }
  const token = found.waitsForToken ? tokenOf(visit) : undefined;
  const deadlines = await deadlinesOf(visit);
  const input = await argumentsOf(visit, found, token, deadlines);
  const timed = await withDeadlines(visit, deadlines, (signal, heartbeat) =>
    call(visit, found, { input, token, signal, heartbeat }),
  ).catch((failure: unknown) => {
    throw failure instanceof StateError ? failed(found, failure) : failure;
  });
  if ('timedOut' in timed) throw timeout(found, timed.timedOut);
  const output = timed.value;
  checkSize(output, `the result of ${visit.name}`);
  visit.save({ result: { value: output } }, [event('TaskSucceeded', found, { output })]);
  return output;
}

function tokenOf(visit: TaskVisit): string {
  const known = visit.progress().token;
  if (known !== undefined) return known;
  const token = visit.resources.tokens.create(visit.execution);
  visit.save({ token });
  return token;
}

async function argumentsOf(
  visit: TaskVisit,
  found: FoundResource,
  token: string | undefined,
  deadlines: Deadlines,
): Promise<Json> {
  const known = visit.progress().arguments;
  if (known !== undefined) return known;
  const { Arguments = visit.input } = visit.state;
  const extra = { field: 'Arguments', ...(token === undefined ? {} : { token }) };
  const parameters =
    visit.state.Arguments === undefined ? visit.input : await visit.evaluate(Arguments, extra);
  checkSize(parameters, `the arguments of ${visit.name}`);
  const { timeoutSeconds, heartbeatSeconds } = deadlines;
  visit.save({ arguments: parameters }, [
    event('TaskScheduled', found, {
      parameters,
      ...(timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds }),
      ...(heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: heartbeatSeconds }),
    }),
    event('TaskStarted', found, {}),
  ]);
  return parameters;
}

interface CallOptions {
  readonly input: Json;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
  readonly heartbeat: () => void;
}

async function call(visit: TaskVisit, found: FoundResource, options: CallOptions): Promise<Json> {
  const { input, token, signal, heartbeat } = options;
  const request: TaskCall = {
    arguments: input,
    execution: visit.execution,
    scope: visit.scope,
    signal,
    submitted: (output) => visit.save({}, [event('TaskSubmitted', found, { output })]),
    progress: visit.progress,
    remember: (patch: Partial<Progress>) => visit.save(patch),
  };
  if (token === undefined || !found.waitsForToken) return found.resource.run(request);
  if (visit.progress().tokenSince === undefined) {
    const output = await found.resource.run(request);
    const tokenSince = visit.clock.now().toISOString();
    visit.save({ tokenSince }, [event('TaskSubmitted', found, { output })]);
  }
  return visit.resources.tokens.answer(token, { signal, heartbeat });
}

/** A step that is repeated has its whole time again; a wait for a token goes on where it was. */
async function deadlinesOf(visit: TaskVisit): Promise<Deadlines> {
  const { tokenSince } = visit.progress();
  const timeoutSeconds = await secondsOf(visit, 'TimeoutSeconds');
  const heartbeatSeconds = await secondsOf(visit, 'HeartbeatSeconds');
  return {
    since: tokenSince === undefined ? visit.clock.now() : new Date(tokenSince),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatSeconds }),
  };
}

async function secondsOf(
  visit: TaskVisit,
  field: 'TimeoutSeconds' | 'HeartbeatSeconds',
): Promise<number | undefined> {
  const given = visit.state[field];
  if (given === undefined) return undefined;
  const value = await visit.evaluate(given, { field });
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw new StateError(
    'States.QueryEvaluationError',
    `${field} of ${visit.name} is no whole number`,
  );
}

/** Either way States.Timeout, and no cause. */
function timeout(found: FoundResource, limit: Limit): StateError {
  const error = 'States.Timeout';
  const events = [event('TaskTimedOut', found, { error })];
  return limit === 'heartbeat'
    ? new HeartbeatTimeout(error, '', events)
    : new StateError(error, '', events);
}

/** The failure of the integration itself: history names it. */
function failed(found: FoundResource, failure: StateError): StateError {
  const details = { ...failure.failure };
  return new StateError(failure.error, failure.message, [event('TaskFailed', found, details)]);
}

function event(type: string, found: FoundResource, details: Record<string, Json>): NewEvent {
  const { service, action } = found.resource;
  const resource = found.waitsForToken ? `${action}.waitForTaskToken` : action;
  return { type, details: { resourceType: service, resource, ...details } };
}
