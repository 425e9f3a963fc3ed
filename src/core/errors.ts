/**
 * Every error that reaches a person: what failed, what was seen, what to do next.
 * `name` is a literal, because a minifier renames classes and `ErrorEquals` matches names.
 */
export interface ErrorDetails {
  /** Stable, documented in docs/errors.md: `LEASE_HELD`. */
  readonly code: string;
  /** What to do next: one sentence, often a command. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** True only where trying the same again can succeed. */
  readonly retryable?: boolean;
}

/** What the failure of something outside means to who runs this: everything but the words for it. */
export interface FailureMeaning {
  readonly code: string;
  readonly hint: string;
  readonly retryable?: boolean;
}

export class HoldfastError extends Error {
  override name = 'HoldfastError';
  readonly exitCode: number = 1;
  readonly code: string;
  readonly hint: string | undefined;
  readonly retryable: boolean;

  constructor(message: string, details: ErrorDetails) {
    super(message, { cause: details.cause });
    this.code = details.code;
    this.hint = details.hint;
    this.retryable = details.retryable ?? false;
  }
}

/** The command line or the configuration is wrong; nothing was touched. */
export class UsageError extends HoldfastError {
  override name = 'UsageError';
  override readonly exitCode = 2;
}

/** One thing wrong in a configuration file, in words and by its place. */
export interface ConfigProblem {
  /** `sources.orders.policies.daily.keep`. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** All of it: `holdfast.yaml:12:5 sources.orders…: unknown key; allowed: …`. */
  readonly text: string;
}

/** Lists every problem of a configuration file at once. */
export class ConfigurationError extends UsageError {
  override name = 'ConfigurationError';
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    const lines = problems.map(({ text }) => `\n  ${text}`).join('');
    super(`configuration not usable: ${file} has ${count}${lines}`, {
      code: 'CONFIG_INVALID',
      hint: 'Mend the lines named; `holdfast check --offline` reads the file again.',
    });
    this.problems = problems;
  }
}

/** A reference to a secret does not lead to one. Names the reference, never the value. */
export class SecretError extends HoldfastError {
  override name = 'SecretError';
  override readonly exitCode = 2;
}

/** There is no vault where the configuration points. */
export class VaultMissingError extends HoldfastError {
  override name = 'VaultMissingError';
  override readonly exitCode = 10;
}

/** Another process holds what is needed. */
export class LeaseHeldError extends HoldfastError {
  override name = 'LeaseHeldError';
  override readonly exitCode = 11;
}

/** None of the configured keys opens the vault's key check. */
export class WrongKeyError extends HoldfastError {
  override name = 'WrongKeyError';
  override readonly exitCode = 12;
}

/** A key service cannot be reached or refuses: nothing is known about the key itself. */
export class KeyUnreachableError extends HoldfastError {
  override name = 'KeyUnreachableError';
}

/** A stored object is missing, cut, changed, swapped or not authentic. */
export class IntegrityError extends HoldfastError {
  override name = 'IntegrityError';
  override readonly exitCode = 13;
}

/** A signal or an abort ended the work; leftovers were cleaned. */
export class InterruptedError extends HoldfastError {
  override name = 'InterruptedError';
  override readonly exitCode = 130;
}

/** A source cannot be reached or refuses what is asked of it. */
export class SourceError extends HoldfastError {
  override name = 'SourceError';
}

/** A program of the data path failed, was killed or said too little. */
export class ToolError extends HoldfastError {
  override name = 'ToolError';
}

/** The vault's store refused, lost or cannot hold what is asked of it. */
export class StoreError extends HoldfastError {
  override name = 'StoreError';
}

/** A restore target is not empty, not reachable or not fit. */
export class TargetError extends HoldfastError {
  override name = 'TargetError';
}

/** What was restored differs from what was backed up. */
export class ComparisonError extends HoldfastError {
  override name = 'ComparisonError';
}

/** AWS refused, or could not be reached, while the deployment was asked for something. */
export class CloudError extends HoldfastError {
  override name = 'CloudError';
}

/** The way to a server's own machine failed. */
export class ControlError extends HoldfastError {
  override name = 'ControlError';
}

/** Who answers for a name did not change it, or says something else than was seen. */
export class DnsError extends HoldfastError {
  override name = 'DnsError';
}

/** A step of a failover did not prove its effect. */
export class FailoverError extends HoldfastError {
  override name = 'FailoverError';
}

/** A failover is not begun, or not gone on with: what it needs is not so. */
export class FailoverRefusedError extends HoldfastError {
  override name = 'FailoverRefusedError';
  override readonly exitCode = 21;
}

/** A channel did not take a message. */
export class ChannelError extends HoldfastError {
  override name = 'ChannelError';
  /** How long the receiver asked to be left alone. */
  readonly retryAfterSeconds: number;

  constructor(message: string, details: ErrorDetails & { readonly retryAfterSeconds?: number }) {
    super(message, details);
    this.retryAfterSeconds = details.retryAfterSeconds ?? 0;
  }
}

/** A state machine's definition cannot be run as it is written. */
export class DefinitionError extends HoldfastError {
  override name = 'DefinitionError';
}

/** The journal of executions cannot be read or written; no transition took effect. */
export class JournalError extends HoldfastError {
  override name = 'JournalError';
}

/** Exit status of a good run, and of one that backed up less than it was asked for. */
export const exitCodes = { good: 0, failed: 1, usage: 2, partial: 3, interrupted: 130 } as const;

/** The shape in which an error crosses a process, a journal or a message. */
export interface ErrorReport {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly exitCode: number;
  readonly retryable: boolean;
}

/** Reduces anything thrown to what may be shown and stored; unknown errors get `UNEXPECTED`. */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof HoldfastError) {
    const { name, code, message, hint, exitCode, retryable } = error;
    return { name, code, message, exitCode, retryable, ...(hint === undefined ? {} : { hint }) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { name: 'HoldfastError', code: 'UNEXPECTED', message, exitCode: 1, retryable: false };
}
