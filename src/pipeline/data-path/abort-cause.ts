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
