/** `holdfast failover approve`: answers a run that waits. */
import { z } from 'zod';
import { FailoverRefusedError } from '../../core/errors.ts';
import { defineCommand } from '../command.ts';
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
    const { newestClaim } = await import('../../pipeline/failover/claim.ts');
    const { openApproval } = await import('../../pipeline/failover/status.ts');
    const vault = await site.vaults.openKeyless();
    const claim = await newestClaim(vault.leaseStore, cluster);
    const open = claim?.ended === null ? await openApproval(vault, claim) : undefined;
    if (claim === undefined || open === undefined) throw nothingWaits(cluster);
    if (open.planHash !== planHash) throw otherPlan(cluster, open.planHash);
    const local = await openFailoverRunner(site, context);
    try {
      local.runner.sendTaskSuccess(open.token, { approved: planHash });
    } finally {
      await local.close();
    }
    return { result: { cluster, planHash, execution: claim.execution } };
  },
  render: ({ cluster, planHash }) => `approved plan ${planHash} of ${cluster}`,
});

const nothingWaits = (cluster: string): FailoverRefusedError =>
  new FailoverRefusedError(`no failover of ${cluster} waits for an approval`, {
    code: 'APPROVAL_NOT_ASKED',
    hint: `holdfast failover status ${cluster} shows where it stands.`,
  });

const otherPlan = (cluster: string, planHash: string): FailoverRefusedError =>
  new FailoverRefusedError(`what waits is plan ${planHash}, not the one named`, {
    code: 'PLAN_CHANGED',
    hint: `Look at it: holdfast failover plan ${cluster}.`,
  });
