/** Executions of the state machines on this machine, their tasks' progress shown. */
import type { Json } from '../../core/canonical-json.ts';
import type { MachineName } from '../../core/contracts/machines.ts';
import type { ProgressUpdate } from '../../core/ports/engine.ts';
import type { Site } from '../../wiring/site.ts';
import type { CommandContext } from '../command.ts';
import { type LocalRunner, openLocalRunner } from '../local-runner.ts';
import { withEstimate } from './estimate.ts';
import { endOf, sourceOf, type Watched, type WatchOptions } from './watched.ts';

/** A runner whose tasks' progress is shown under the source's name, one execution at a time. */
export async function watchLocal(
  site: Site,
  context: CommandContext,
  options: WatchOptions,
): Promise<Watched> {
  let source = '';
  let expected: number | undefined;
  const local = await openLocalRunner({
    ...options,
    site,
    stage: context.globals.stage,
    environment: context.environment,
    onNotice: context.warn,
    onProgress: (update: ProgressUpdate) =>
      context.progress.update(source, withEstimate(update, expected)),
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
        const record = await runToEnd(local, { machine, input, signal: context.signal });
        return { record, end: endOf(record) };
      } finally {
        context.progress.finish(source);
      }
    },
    close: () => local.close(),
  };
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

interface Run {
  readonly machine: string;
  readonly input: Json;
  readonly signal: AbortSignal;
}

export async function runToEnd(
  { runner }: Pick<LocalRunner, 'runner'>,
  { machine, input, signal }: Run,
) {
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
