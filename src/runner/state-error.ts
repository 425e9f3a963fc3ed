/** A failure as Step Functions knows it: a name that rules match, and a cause for people. */
import type { Failure, NewEvent } from './journal/records.ts';

export class StateError extends Error {
  override name = 'StateError';
  readonly error: string;
  readonly events: readonly NewEvent[];
  /** A second name that rules may call it by. */
  readonly alsoKnownAs: string | undefined = undefined;

  /**
   * @param cause empty where Step Functions gives none.
   * @param events what history says of the failure; journaled together with its consequence.
   */
  constructor(error: string, cause: string, events: readonly NewEvent[] = []) {
    super(cause);
    this.error = error;
    this.events = events;
  }

  get failure(): Failure {
    return this.message === '' ? { error: this.error } : { error: this.error, cause: this.message };
  }
}

/**
 * Developer guide, "Handling errors", States.HeartbeatTimeout: a name for Catch and Retry alone; history
 * and whoever describes the execution read States.Timeout.
 */
export class HeartbeatTimeout extends StateError {
  override readonly alsoKnownAs = 'States.HeartbeatTimeout';
}

/** `$states.errorOutput`. */
export const errorOutput = ({ error, cause }: Failure): { Error: string; Cause?: string } =>
  cause === undefined ? { Error: error } : { Error: error, Cause: cause };

/** Why an execution, or a branch of it, is ended from outside. */
export type InterruptionKind = 'stopped' | 'timed-out' | 'suspended' | 'sibling-failed';

/** The reason of an abort; nothing of the interrupted step is journaled. */
export class Interruption extends Error {
  override name = 'Interruption';
  readonly kind: InterruptionKind;

  constructor(kind: InterruptionKind, message: string = kind) {
    super(message);
    this.kind = kind;
  }
}

/** Never retried and never caught, whatever a rule says. */
const terminal = ['States.Runtime', 'States.DataLimitExceeded'];

/**
 * Developer guide, "Handling errors in Step Functions workflows", Error names:
 * States.ALL takes all but the two terminal errors; States.TaskFailed all but States.Timeout.
 */
export function matchesError(
  errorEquals: readonly string[],
  { error, alsoKnownAs }: Pick<StateError, 'error'> & Partial<Pick<StateError, 'alsoKnownAs'>>,
): boolean {
  if (error === 'States.Runtime') return false;
  if (errorEquals.includes(error)) return true;
  if (alsoKnownAs !== undefined && errorEquals.includes(alsoKnownAs)) return true;
  if (terminal.includes(error)) return false;
  if (errorEquals.includes('States.ALL')) return true;
  return errorEquals.includes('States.TaskFailed') && error !== 'States.Timeout';
}

const payloadLimitBytes = 262_144;

/** Developer guide, "Quotas": 256 KiB of UTF-8 for an input, a result or an output. */
export function checkSize(value: unknown, what: string): void {
  const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
  if (bytes <= payloadLimitBytes) return;
  throw new StateError(
    'States.DataLimitExceeded',
    `${what} is ${bytes} bytes; at most ${payloadLimitBytes} pass between states`,
  );
}
