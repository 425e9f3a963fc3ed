/** `holdfast executions stop`: ends one execution, in the deployment or wherever on this machine it runs. */
import { z } from 'zod';
import type { ExecutionSummary } from '../../core/executions.ts';
import type { Site } from '../../wiring/site.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { openDeployed } from '../executions/stage.ts';
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
    {
      line: 'holdfast --stage prod executions stop backup-20261121T020000Z-1a2b3c4d',
      does: 'One of a deployment',
    },
  ],
  input: z.object({
    execution: z.string(),
    cause: z.string().default('stopped on the command line'),
    force: z.boolean().default(false),
  }),
  result: z.object({ execution: executionSchema }),
  run: async ({ execution: id, cause, force }, context) => {
    const site = await context.site();
    const deployed = await openDeployed(site, context);
    const ended =
      deployed === undefined
        ? await stopHere(id, { cause, force }, { site, context })
        : await deployed.stop(id, cause).finally(deployed.close);
    return { result: { execution: shortExecution(ended) } };
  },
  render: ({ execution: { id, status } }) => `${id}: ${status}`,
});

async function stopHere(
  id: string,
  request: { readonly cause: string; readonly force: boolean },
  { site, context }: { readonly site: Site; readonly context: CommandContext },
): Promise<ExecutionSummary> {
  const { environment, globals, warn: onNotice } = context;
  const { stage } = globals;
  const { runner, close } = await openLocalRunner({ site, environment, stage, onNotice });
  try {
    return await runner.stop(id, request);
  } finally {
    await close();
  }
}
