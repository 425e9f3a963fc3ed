/** The same work for several sources: one that fails does not stop the others. */
import { type ErrorReport, reportError } from '../core/errors.ts';
import type { FailedPart } from './command.ts';

export type SourceOutcome<T> =
  | { readonly source: string; readonly value: T }
  | { readonly source: string; readonly error: ErrorReport };

/** One after the other, in order. An interruption ends all of it. */
export async function eachSource<T>(
  sources: readonly string[],
  signal: AbortSignal,
  work: (source: string) => Promise<T>,
): Promise<SourceOutcome<T>[]> {
  const outcomes: SourceOutcome<T>[] = [];
  for (const source of sources) {
    try {
      outcomes.push({ source, value: await work(source) });
    } catch (error) {
      if (signal.aborted) throw error;
      outcomes.push({ source, error: reportError(error) });
    }
  }
  return outcomes;
}

interface MayFail {
  readonly source: string;
  readonly error?: ErrorReport | undefined;
}

/** The failures among results, for the end of a command. */
export const failuresOf = (results: readonly MayFail[]): FailedPart[] =>
  results.flatMap(({ source, error }) => (error === undefined ? [] : [{ part: source, error }]));
