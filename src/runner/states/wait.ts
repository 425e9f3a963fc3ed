import type { Json } from '../../core/canonical-json.ts';
import { sleepUntil } from '../clock.ts';
import type { WaitState } from '../definition/states-language.ts';
import { StateError } from '../state-error.ts';
import { leave } from './leave.ts';
import type { StateRunner, Visit } from './visit.ts';

const longestWaitSeconds = 99_999_999;
const timestampPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Developer guide, "Wait workflow state". The deadline is journaled, so it survives a restart. */
export const runWait: StateRunner<WaitState> = async (visit) => {
  const until = visit.progress().until ?? (await deadline(visit)).toISOString();
  if (visit.progress().until === undefined) visit.save({ until });
  await sleepUntil(new Date(until), visit.clock, visit.signal);
  const { Assign: assign, Output: output, Next: next } = visit.state;
  return leave(visit, { assign, output, next, fallback: visit.input });
};

async function deadline(visit: Visit<WaitState>): Promise<Date> {
  const { Seconds, Timestamp } = visit.state;
  if (Timestamp !== undefined) {
    const value = await visit.evaluate(Timestamp, { field: 'Timestamp' });
    return new Date(wholeSeconds(value, visit.name));
  }
  const value = await visit.evaluate(Seconds ?? 0, { field: 'Seconds' });
  const inRange = typeof value === 'number' && value >= 0 && value <= longestWaitSeconds;
  if (!inRange || !Number.isInteger(value)) {
    throw unfit(visit.name, value, `an integer from 0 to ${longestWaitSeconds}`);
  }
  return new Date(visit.clock.now().getTime() + value * 1000);
}

/** Step Functions truncates the milliseconds of a Timestamp. */
function wholeSeconds(value: Json, name: string): number {
  const text = typeof value === 'string' && timestampPattern.test(value) ? value : '';
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw unfit(name, value, 'an RFC 3339 time such as 2024-08-18T17:33:00Z');
  return Math.floor(time / 1000) * 1000;
}

const unfit = (name: string, value: Json, wanted: string): StateError =>
  new StateError(
    'States.QueryEvaluationError',
    `The wait of ${name} is ${JSON.stringify(value)}; ${wanted} is needed`,
  );
