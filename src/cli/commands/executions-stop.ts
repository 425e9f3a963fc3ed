/** `holdfast executions stop`: ends one execution, wherever on this machine it runs. */
import { z } from 'zod';
import { defineCommand } from '../command.ts';
import { executionSchema, shortExecution } from '../journal.ts';
import { openLocalRunner } from '../local-runner.ts';

export const executionsStop = defineCommand({
  description:
    'Ends an execution and its tasks; what it left half done is cleaned and never counts.',
  arguments: [{ name: '<execution>', description: 'its id', completes: 'executions' }],
  options: [
    { flags: '--cause <text>', description: 'why, for the history' },
    { flags: '--force', description: 'of another machine too, which must be off' },
  ],
  examples: [
    {
      line: 'holdfast executions stop backup-20261121T020000Z-1a2b3c4d --cause "wrong source"',
      does: 'Stop one, with a reason',
    },
  ],
  input: z.object({
    execution: z.string(),
    cause: z.string().default('stopped on the command line'),
    force: z.boolean().default(false),
  }),
  result: z.object({ execution: executionSchema }),
  run: async ({ execution, cause, force }, context) => {
    const site = await context.site();
    const { environment, globals } = context;
    const { runner, close } = await openLocalRunner({
      site,
      environment,
      stage: globals.stage,
      onNotice: context.warn,
    });
    try {
      return {
        result: { execution: shortExecution(await runner.stop(execution, { cause, force })) },
      };
    } finally {
      await close();
    }
  },
  render: ({ execution: { id, status } }) => `${id}: ${status}`,
});
