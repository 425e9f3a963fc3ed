/** `holdfast failover plan`: looks at the cluster and says what would be done. Changes nothing. */
import { z } from 'zod';
import { defineCommand } from '../command.ts';
import { lookAtPlan } from '../failover/look.ts';
import {
  clusterArgument,
  courseOptions,
  courseShape,
  planSchema,
  planText,
} from '../failover/words.ts';

export const failoverPlan = defineCommand({
  description:
    'Looks at every node, probe and name of a cluster and prints what a failover would do, step by step: how each is undone, where there is no way back, what may be lost, or why it is refused. The hash is what an approval is about. Changes nothing.',
  arguments: [clusterArgument],
  options: courseOptions,
  examples: [
    { line: 'holdfast failover plan orders', does: 'What a planned switchover would do' },
    {
      line: 'holdfast failover plan orders --mode forced',
      does: 'What could be done without the primary',
    },
  ],
  input: z.object(courseShape),
  result: planSchema,
  async run({ cluster, mode, to }, context) {
    const site = await context.site();
    const result = await lookAtPlan(site, context, { cluster, mode, to });
    return { result, exitCode: result.refusals.length === 0 ? 0 : 21 };
  },
  render: planText,
});
