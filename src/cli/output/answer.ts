/** What a command prints when it ends: text for people, or exactly one JSON document. */

import { ConfigurationError, type ErrorReport, reportError } from '../../core/errors.ts';
import type { FailedPart } from '../command.ts';

export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** The envelope of every `--json` answer; `result` is the command's own. */
export interface Answer {
  /** `backup`, `keys list`; null where no command was understood. */
  readonly command: string | null;
  readonly ok: boolean;
  readonly exitCode: number;
  readonly result: unknown;
  readonly warnings: readonly string[];
  readonly error: (ErrorReport & { readonly problems?: readonly object[] }) | null;
}

interface FailedRun {
  readonly verb: string | undefined;
  readonly warnings: readonly string[];
  readonly mask: (text: string) => string;
}

export function errorAnswer({ verb, warnings, mask }: FailedRun, error: unknown): Answer {
  const seen = reportError(error);
  const report = { ...seen, message: mask(seen.message) };
  const problems = error instanceof ConfigurationError ? { problems: error.problems } : {};
  const { exitCode } = report;
  return {
    command: verb ?? null,
    ok: false,
    exitCode,
    result: null,
    warnings,
    error: { ...report, ...problems },
  };
}

/** `error: what failed: what was seen`, then what to do next. */
export function errorText(error: unknown, verbose: boolean): string {
  const { message, hint, code } = reportError(error);
  const next = hint === undefined ? '' : `\n  next: ${hint}`;
  const stack = verbose && error instanceof Error ? `\n${error.stack ?? ''}` : '';
  return `error: ${message}${next}${verbose ? `\n  code: ${code}` : ''}${stack}\n`;
}

/** One part that failed while the others went on. */
export function partText({ part, error: { message, hint } }: FailedPart): string {
  return `error: ${part}: ${message}\n${hint === undefined ? '' : `  next: ${hint}\n`}`;
}

export const jsonText = (answer: Answer): string => `${JSON.stringify(answer, undefined, 2)}\n`;
