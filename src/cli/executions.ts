/** One execution of a state machine from the command line: started, watched, stopped on interruption. */
import type { Json } from '../core/canonical-json.ts';
import type { MachineName } from '../core/contracts.ts';
import { type ErrorReport, InterruptedError } from '../core/errors.ts';
import { failureReport } from '../core/failure.ts';
import type { ProgressUpdate } from '../core/ports/engine.ts';
import type { ExecutionRecord } from '../runner/index.ts';
import type { Site } from '../wiring/site.ts';
import type { CommandContext } from './command.ts';
import { type LocalRunner, openLocalRunner } from './local-runner.ts';
import type { ShownUpdate } from './output/progress.ts';

export interface Watched {
  /** Runs to its end. Throws InterruptedError after stopping it, when the signal came first. */
  run(machine: MachineName, input: SourceInput, expectedBytes?: number): Promise<ExecutionRecord>;
  close(): Promise<void>;
}

type SourceInput = { readonly source: string } & Json;

export interface WatchOptions {
  readonly privateKeys?: readonly string[];
}

/** A runner whose tasks' progress is shown under the source's name, one execution at a time. */
export async function openWatched(
  site: Site,
  context: CommandContext,
  options: WatchOptions = {},
): Promise<Watched> {
  let source = '';
  let expected: number | undefined;
  const local = await openLocalRunner({
    ...options,
    site,
    stage: context.globals.stage,
    environment: context.environment,
    onNotice: context.warn,
    onProgress: (update) => context.progress.update(source, withEstimate(update, expected)),
    onLog: (line) => {
      if (context.globals.verbose) context.note(site.secrets.mask(`${source}: ${line}`));
    },
  });
  return {
    run: async (machine, input, expectedBytes) => {
      source = input.source;
      expected = expectedBytes;
      await abortAbandoned(local, machine, source, context);
      try {
        return await runToEnd(local, { machine, input, signal: context.signal });
      } finally {
        context.progress.finish(source);
      }
    },
    close: () => local.close(),
  };
}

/** Streams say how many bytes moved, not how many will. */
function withEstimate(update: ProgressUpdate, expected: number | undefined): ShownUpdate {
  const isUnknown = update.unit === 'bytes' && update.total === undefined;
  if (!isUnknown || expected === undefined || update.done > expected) return update;
  return { ...update, total: expected, isEstimate: true };
}

/** What a dead process left of the same work is marked aborted: a new attempt starts afresh. */
async function abortAbandoned(
  { runner }: LocalRunner,
  machine: MachineName,
  source: string,
  context: CommandContext,
): Promise<void> {
  const aborted = await runner.abortDead(machine, ({ input }) => sourceOf(input) === source);
  for (const { id } of aborted) {
    context.note(`${source}: the attempt ${id} was abandoned by a process that is dead: aborted`);
  }
}

export const sourceOf = (input: Json): string | undefined => {
  const { source } = input as { readonly source?: string };
  return source;
};

interface Run {
  readonly machine: MachineName;
  readonly input: Json;
  readonly signal: AbortSignal;
}

async function runToEnd({ runner }: LocalRunner, { machine, input, signal }: Run) {
  signal.throwIfAborted();
  const { id } = await runner.start(machine, input);
  try {
    return await runner.wait(id, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    await runner.stop(id, { cause: 'interrupted on the command line' });
    throw error;
  }
}

export type Ended =
  | { readonly ok: true; readonly output: Json }
  | { readonly ok: false; readonly error: ErrorReport };

/** What an ended execution says: its output, or the report of the step that failed. */
export function endOf({ id, status, output, error, cause }: ExecutionRecord): Ended {
  if (status === 'SUCCEEDED') return { ok: true, output: output ?? null };
  if (status === 'ABORTED') return { ok: false, error: aborted(id, cause) };
  const failure = failureReport({ Error: error ?? 'States.TaskFailed', Cause: cause ?? '' });
  return { ok: false, error: failure };
}

const aborted = (id: string, cause: string | undefined): ErrorReport => ({
  name: 'InterruptedError',
  code: 'EXECUTION_ABORTED',
  message: `execution ${id} was stopped: ${cause ?? 'no cause was given'}`,
  hint: 'Run the same command again.',
  exitCode: new InterruptedError('', { code: '' }).exitCode,
  retryable: false,
});
