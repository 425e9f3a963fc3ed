/** TimeoutSeconds and HeartbeatSeconds of a task. */
import { sleepUntil } from '../clock.ts';
import { Interruption } from '../state-error.ts';
import type { Visit } from './visit.ts';

export interface Deadlines {
  readonly timeoutSeconds?: number;
  readonly heartbeatSeconds?: number;
  readonly since: Date;
}

export type Limit = 'timeout' | 'heartbeat';
export type Timed<T> = { readonly value: T } | { readonly timedOut: Limit };

/**
 * Runs `work` with a signal that the deadlines abort, and returns when `work` has come to rest,
 * so that no retry starts beside what it replaces.
 */
export async function withDeadlines<T>(
  visit: Pick<Visit, 'clock' | 'signal'>,
  deadlines: Deadlines,
  work: (signal: AbortSignal, heartbeat: () => void) => Promise<T>,
): Promise<Timed<T>> {
  const { timeoutSeconds, heartbeatSeconds, since } = deadlines;
  const ended = new AbortController();
  const done = new AbortController();
  let timedOut: Limit | undefined;
  let lastBeat = since;
  const watching = AbortSignal.any([done.signal, visit.signal]);

  const expire = (limit: Limit): void => {
    timedOut ??= limit;
    ended.abort(new Interruption('timed-out', `its ${limit} has passed`));
  };
  const watch = async (limit: Limit, seconds: number, from: () => Date): Promise<void> => {
    const due = () => new Date(from().getTime() + seconds * 1000);
    while (due() > visit.clock.now()) await sleepUntil(due(), visit.clock, watching);
    expire(limit);
  };
  const watches = [
    ...(timeoutSeconds ? [watch('timeout', timeoutSeconds, () => since)] : []),
    ...(heartbeatSeconds ? [watch('heartbeat', heartbeatSeconds, () => lastBeat)] : []),
  ].map((one) => one.catch(() => undefined));

  try {
    const value = await work(AbortSignal.any([visit.signal, ended.signal]), () => {
      lastBeat = visit.clock.now();
    });
    return { value };
  } catch (error) {
    visit.signal.throwIfAborted();
    if (timedOut === undefined) throw error;
    return { timedOut };
  } finally {
    done.abort(new Interruption('suspended'));
    await Promise.all(watches);
  }
}
