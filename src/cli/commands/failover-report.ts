/** `holdfast failover report`: what a run came to. */
import { z } from 'zod';
import { FailoverRefusedError } from '../../core/errors.ts';
import { failoverReportSchema, reportPage } from '../../core/failover/report.ts';
import { defineCommand, wholeNumber } from '../command.ts';
import { clusterArgument } from '../failover/words.ts';

export const failoverReport = defineCommand({
  description:
    'Prints the report of a failover as it is kept in the vault: who accepts writes now, how the fence was proved, what was lost and how that was measured, each phase with its time, objectives met or not.',
  arguments: [clusterArgument],
  options: [{ flags: '--epoch <n>', description: 'an earlier run; the last one by default' }],
  examples: [{ line: 'holdfast failover report orders', does: 'How did the last one end?' }],
  input: z.object({
    cluster: z.string(),
    epoch: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional(),
  }),
  result: failoverReportSchema,
  async run({ cluster, epoch }, context) {
    const site = await context.site();
    const { readReport } = await import('../../pipeline/failover/reports.ts');
    const vault = await site.vaults.openKeyless();
    const result = await readReport(vault.store, cluster, epoch);
    if (result === undefined) throw noReport(cluster);
    return { result };
  },
  render: (report) => reportPage(report),
});

const noReport = (cluster: string): FailoverRefusedError =>
  new FailoverRefusedError(`there is no such report of ${cluster} in the vault`, {
    code: 'REPORT_MISSING',
    hint: `holdfast failover status ${cluster} shows what runs.`,
  });
