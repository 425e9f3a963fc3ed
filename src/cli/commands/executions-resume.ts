/** `holdfast executions resume`: goes on with what a dead process left. */
import { z } from 'zod';
import type { ProgressUpdate } from '../../core/ports/engine.ts';
import type { ExecutionRecord } from '../../runner/index.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { refuseDeployed } from '../executions/stage.ts';
import { endOf } from '../executions/watched.ts';
import { worstExitCode } from '../exit-codes.ts';
import { executionSchema, shortExecution } from '../journal.ts';
import { type LocalRunner, openLocalRunner } from '../local-runner.ts';

export const executionsResume = defineCommand({
  description:
    'Goes on with executions whose process died: finished steps are not repeated, orphaned tasks are ended first.',
  arguments: [
    {
      name: '[execution]',
      description: 'its id (default: all that are dead)',
      completes: 'executions',
    },
  ],
  options: [
    { flags: '--force', description: 'take over from another machine too, which must be off' },
  ],
  examples: [
    { line: 'holdfast executions resume', does: 'Everything that died' },
    { line: 'holdfast executions resume backup-20261121T020000Z-1a2b3c4d', does: 'One of them' },
  ],
  input: z.object({ execution: z.string().optional(), force: z.boolean().default(false) }),
  result: z.object({ executions: z.array(executionSchema) }),
  run: async ({ execution, force }, context) => {
    const site = await context.site();
    refuseDeployed(site, context, 'Step Functions goes on by itself, whatever process dies');
    const { environment, globals } = context;
    const local = await openLocalRunner({
      site,
      environment,
      stage: globals.stage,
      onNotice: context.warn,
      onProgress: (update: ProgressUpdate, mark) => context.progress.update(mark, update),
    });
    try {
      const { runner } = local;
      const begun =
        execution === undefined
          ? await runner.resumeDead()
          : [await runner.resume(execution, { force })];
      const ended = await waitAll(local, begun, context);
      const exitCode = worstExitCode(ended.map(exitCodeOf));
      return { result: { executions: ended.map(shortExecution) }, exitCode };
    } finally {
      await local.close();
    }
  },
  render: ({ executions }) =>
    executions.length === 0
      ? 'Nothing to resume: no process died with work under way.'
      : executions
          .map(({ id, status, error }) => `${id}: ${status}${error ? `: ${error}` : ''}`)
          .join('\n'),
});

async function waitAll(
  { runner }: LocalRunner,
  begun: readonly ExecutionRecord[],
  context: CommandContext,
) {
  for (const { id } of begun) context.note(`${id}: resumed`);
  return Promise.all(begun.map(({ id }) => runner.wait(id, context.signal)));
}

function exitCodeOf(record: ExecutionRecord): number {
  const end = endOf(record);
  return end.ok ? 0 : end.error.exitCode;
}
