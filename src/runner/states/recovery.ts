/** Retry, then Catch: developer guide, "Handling errors in Step Functions workflows". */
import { sleepUntil } from '../clock.ts';
import type { CatchRule, RetryRule, State } from '../definition/states-language.ts';
import { errorOutput, matchesError, StateError } from '../state-error.ts';
import { leave } from './leave.ts';
import type { Departure, Visit } from './visit.ts';

type Recoverable = Extract<State, { readonly Retry: unknown }>;

/** Tries until it succeeds, no retry is left and no rule catches. Counters are journaled. */
export async function recoverable<S extends Recoverable>(
  visit: Visit<S>,
  attempt: () => Promise<Departure>,
): Promise<Departure> {
  let departure: Departure | undefined;
  while (departure === undefined) departure = await tryOnce(visit, attempt);
  return departure;
}

/** Undefined when it has to be tried again. */
async function tryOnce(
  visit: Visit<Recoverable>,
  attempt: () => Promise<Departure>,
): Promise<Departure | undefined> {
  const { retryAt } = visit.progress();
  if (retryAt !== undefined) await sleepUntil(new Date(retryAt), visit.clock, visit.signal);
  try {
    return await attempt();
  } catch (failure) {
    if (!(failure instanceof StateError)) throw failure;
    return planRetry(visit, failure) ? undefined : catchFailure(visit, failure);
  }
}

function planRetry(visit: Visit<Recoverable>, failure: StateError): boolean {
  const rules: readonly RetryRule[] = visit.state.Retry;
  const index = rules.findIndex((rule) => matchesError(rule.ErrorEquals, failure));
  const rule = rules[index];
  if (rule === undefined) return false;
  const { retries, attempt } = visit.progress();
  const used = retries[index] ?? 0;
  if (used >= rule.MaxAttempts) return false;
  const now = visit.clock.now();
  const delay = retryDelayMilliseconds(rule, used, visit.random());
  visit.restart(
    {
      enteredAt: visit.progress().enteredAt,
      attempt: attempt + 1,
      retries: rules.map((_, at) => (retries[at] ?? 0) + Number(at === index)),
      retryAt: new Date(now.getTime() + delay).toISOString(),
    },
    failure.events,
  );
  return true;
}

/** `used` retries came before; `jitter` is from 0 up to 1 and counts under JitterStrategy FULL. */
export function retryDelayMilliseconds(rule: RetryRule, used: number, jitter: number): number {
  const backoff = rule.IntervalSeconds * rule.BackoffRate ** used;
  const capped = Math.min(backoff, rule.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  return capped * 1000 * (rule.JitterStrategy === 'FULL' ? jitter : 1);
}

function catchFailure(visit: Visit<Recoverable>, failure: StateError): Promise<Departure> {
  const rules: readonly CatchRule[] = visit.state.Catch;
  const index = rules.findIndex((rule) => matchesError(rule.ErrorEquals, failure));
  const rule = rules[index];
  if (rule === undefined) throw failure;
  const output = errorOutput(failure.failure);
  return leave(visit, {
    assign: rule.Assign,
    output: rule.Output,
    next: rule.Next,
    fallback: output,
    extra: { errorOutput: output },
    label: `Catch[${index}]/`,
    events: failure.events,
  });
}
