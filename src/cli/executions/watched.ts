/** An execution that is watched from the command line, and what is made of its end. */
import type { Json } from '../../core/canonical-json.ts';
import type { MachineName } from '../../core/contracts/machines.ts';
import { type ErrorReport, InterruptedError } from '../../core/errors.ts';
import type { ExecutionSummary } from '../../core/executions.ts';
import { failureOfTask } from '../../core/failure.ts';

export interface Watched {
  /**
   * Runs to its end, on this machine or in the deployment. Throws InterruptedError after stopping it,
   * when the signal came first.
   */
  run(machine: WatchedMachine, input: SourceInput, expectedBytes?: number): Promise<Finished>;
  close(): Promise<void>;
}

export type WatchedMachine = Extract<MachineName, 'backup' | 'restore' | 'drill' | 'verify'>;
export type SourceInput = { readonly source: string } & Json;

export interface Finished {
  readonly record: ExecutionSummary;
  readonly end: Ended;
}

export interface WatchOptions {
  readonly privateKeys?: readonly string[];
}

export const sourceOf = (input: Json): string | undefined => {
  const { source } = (input ?? {}) as { readonly source?: string };
  return source;
};

export const clusterOf = (input: Json): string | undefined => {
  const { cluster } = (input ?? {}) as { readonly cluster?: string };
  return cluster;
};

export type Ended =
  | { readonly ok: true; readonly output: Json }
  | { readonly ok: false; readonly error: ErrorReport };

/**
 * What an ended execution says: its output, or the report of the step that failed. `note` is what its
 * task left in the vault, where the cause has no words.
 */
export function endOf(
  { id, status, output, error, cause }: ExecutionSummary,
  note?: ErrorReport,
): Ended {
  if (status === 'SUCCEEDED') return { ok: true, output: output ?? null };
  if (status === 'ABORTED') return { ok: false, error: aborted(id, cause) };
  const name = error ?? (status === 'TIMED_OUT' ? 'States.Timeout' : 'States.TaskFailed');
  return { ok: false, error: failureOfTask({ Error: name, Cause: cause ?? '' }, note) };
}

const aborted = (id: string, cause: string | undefined): ErrorReport => ({
  name: 'InterruptedError',
  code: 'EXECUTION_ABORTED',
  message: `execution ${id} was stopped: ${cause ?? 'no cause was given'}`,
  hint: 'Run the same command again.',
  exitCode: new InterruptedError('', { code: '' }).exitCode,
  retryable: false,
});
