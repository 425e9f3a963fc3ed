import { InterruptedError } from '../../core/errors.ts';

/** What an aborted signal is reported as: its reason, or InterruptedError where it has none of ours. */
export function abortCause(signal: AbortSignal, what: string): unknown {
  const { reason } = signal;
  const isPlainAbort = reason instanceof Error && reason.name === 'AbortError';
  return reason instanceof Error && !isPlainAbort ? reason : interrupted(what, reason);
}

export function interrupted(what: string, cause?: unknown): InterruptedError {
  return new InterruptedError(`${what} was ended before it was complete`, {
    code: 'INTERRUPTED',
    hint: 'Run it again.',
    cause,
  });
}

/** `work`, or the signal's reason as soon as it aborts: for work that may not listen to it. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Whatever it does after that is of no interest.
  work.catch(() => undefined);
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
