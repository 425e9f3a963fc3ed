/** `holdfast failover approve`: answers a run that waits. */
import { z } from 'zod';
import type { Site } from '../../wiring/site.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { failedWith } from '../failover/ended.ts';
import { openFailoverRunner } from '../failover/open.ts';
import { clusterArgument } from '../failover/words.ts';

export const failoverApprove = defineCommand({
  description:
    'Approves the plan of a failover that waits, by the hash that the plan and the alert name. The run looks at the cluster once more: where plan or loss have changed since, the approval is void and nothing is touched.',
  arguments: [clusterArgument, { name: '<planHash>', description: 'the hash of the plan' }],
  examples: [
    {
      line: 'holdfast failover approve orders 1f2e3d4c5b6a7988',
      does: 'Let the waiting run go on',
    },
  ],
  input: z.object({ cluster: z.string(), planHash: z.string() }),
  result: z.object({ cluster: z.string(), planHash: z.string(), execution: z.string() }),
  async run({ cluster, planHash }, context) {
    const site = await context.site();
    const { findQuestion } = await import('../../pipeline/failover/approve.ts');
    const { failoverPlace } = await import('../../wiring/cluster-at-work.ts');
    const place = { ...(await failoverPlace(site)), now: site.now };
    const { execution, token } = await findQuestion(place, { cluster, planHash });
    const { findFailovers } = await import('../failover/deployed.ts');
    const failovers = await findFailovers(site, context);
    if (failovers === undefined) await answerHere(site, context, { token, planHash });
    else {
      const { end } = await failovers.run('approve', { cluster, planHash });
      if (!end.ok) throw failedWith(end.error);
    }
    return { result: { cluster, planHash, execution } };
  },
  render: ({ cluster, planHash }) => `approved plan ${planHash} of ${cluster}`,
});

async function answerHere(
  site: Site,
  context: CommandContext,
  { token, planHash }: { readonly token: string; readonly planHash: string },
): Promise<void> {
  const local = await openFailoverRunner(site, context);
  try {
    local.runner.sendTaskSuccess(token, { approved: planHash });
  } finally {
    await local.close();
  }
}
