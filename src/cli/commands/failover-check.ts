/** `holdfast failover check`: readiness. Changes nothing. */
import { z } from 'zod';
import { defineCommand } from '../command.ts';
import { lookAtReadiness } from '../failover/look.ts';
import { clusterArgument } from '../failover/words.ts';

export const failoverCheck = defineCommand({
  description:
    'Says whether a planned failover would be begun now, and what stands in its way: nodes, streaming, privileges, disk, other tools at work, names and how long resolvers keep them. Changes nothing.',
  arguments: [clusterArgument],
  examples: [{ line: 'holdfast failover check orders', does: 'Would a switchover begin?' }],
  input: z.object({ cluster: z.string() }),
  result: z.object({
    cluster: z.string(),
    ready: z.boolean(),
    from: z.string(),
    to: z.string(),
    findings: z.array(z.string()),
  }),
  async run({ cluster: name }, context) {
    const site = await context.site();
    const result = await lookAtReadiness(site, context, name);
    return { result: { cluster: name, ...result }, exitCode: result.ready ? 0 : 21 };
  },
  render: ({ cluster, ready, from, to, findings }, screen) =>
    [
      `${ready ? screen.paint('green', 'ready') : screen.paint('red', 'NOT READY')} ${cluster}: ${from || '?'} → ${to || '?'}`,
      ...findings.map((line) => `  ${line}`),
    ].join('\n'),
});
