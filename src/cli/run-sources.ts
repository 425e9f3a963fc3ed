/** The same work for several sources: one that fails does not stop the others. */
import { type ErrorReport, reportError } from '../core/errors.ts';
import { worstExitCode } from './exit-codes.ts';

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

export const worstOf = (errors: readonly ({ readonly exitCode: number } | undefined)[]): number =>
  worstExitCode(errors.map((error) => error?.exitCode ?? 0));
