/** `holdfast failover status`: the run under way, or the last one. */
import { z } from 'zod';
import { defineCommand } from '../command.ts';
import { clusterArgument } from '../failover/words.ts';

const stepSchema = z.object({
  step: z.string(),
  startedAt: z.string(),
  milliseconds: z.number(),
  lines: z.array(z.string()),
});

export const failoverStatus = defineCommand({
  description:
    'Shows the failover of a cluster that is under way, or the last one: its steps with their times and what they saw. Ends with 22 while it waits for an approval.',
  arguments: [clusterArgument],
  examples: [{ line: 'holdfast failover status orders', does: 'Where does it stand?' }],
  input: z.object({ cluster: z.string() }),
  result: z.object({
    cluster: z.string(),
    epoch: z.number().nullable(),
    execution: z.string().nullable(),
    state: z.string(),
    /** What `failover approve` takes. */
    waitsFor: z.string().nullable(),
    steps: z.array(stepSchema),
  }),
  async run({ cluster }, context) {
    const site = await context.site();
    const { runStatus } = await import('../../pipeline/failover/status.ts');
    const { failoverPlace } = await import('../../wiring/cluster-at-work.ts');
    const place = await failoverPlace(site);
    const result = await runStatus({ ...place, now: site.now }, cluster);
    return { result: { cluster, ...result }, exitCode: result.waitsFor === null ? 0 : 22 };
  },
  render: ({ cluster, epoch, state, waitsFor, steps }) =>
    [
      epoch === null ? `${cluster}: no failover yet` : `${cluster}: epoch ${epoch}, ${state}`,
      ...(waitsFor === null
        ? []
        : [`  waits for: holdfast failover approve ${cluster} ${waitsFor}`]),
      ...steps.flatMap(({ step, milliseconds, lines }) => [
        `  ${step} (${(milliseconds / 1000).toFixed(2)} s)`,
        ...lines.map((line) => `    ${line}`),
      ]),
    ].join('\n'),
});
