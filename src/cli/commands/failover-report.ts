/** `holdfast failover report`: what a run came to. */
import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { FailoverRefusedError, UsageError } from '../../core/errors.ts';
import { failoverReportSchema, reportPage } from '../../core/failover/report.ts';
import { reportHtml } from '../../core/failover/report-html.ts';
import { defineCommand, wholeNumber } from '../command.ts';
import { clusterArgument } from '../failover/words.ts';

export const failoverReport = defineCommand({
  description:
    'Prints the report of a failover as it is kept in the vault: who accepts writes now, how the fence was proved, what was lost and how that was measured, each phase with its time, objectives met or not.',
  arguments: [clusterArgument],
  options: [
    { flags: '--epoch <n>', description: 'an earlier run; the last one by default' },
    { flags: '--html <file>', description: 'write it as a page for a browser, the run drawn' },
  ],
  examples: [
    { line: 'holdfast failover report orders', does: 'How did the last one end?' },
    {
      line: 'holdfast failover report orders --html report.html',
      does: 'The same for a browser, to send around',
    },
  ],
  input: z.object({
    cluster: z.string(),
    epoch: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional(),
    html: z.string().min(1).optional(),
  }),
  result: failoverReportSchema,
  async run({ cluster, epoch, html }, context) {
    const site = await context.site();
    const { readReport } = await import('../../pipeline/failover/reports.ts');
    const { failoverPlace } = await import('../../wiring/cluster-at-work.ts');
    const place = await failoverPlace(site);
    const result = await readReport(place.store, cluster, epoch);
    if (result === undefined) throw noReport(cluster);
    if (html !== undefined) await writePage(html, reportHtml(result));
    return { result };
  },
  render: (report) => reportPage(report),
});

async function writePage(file: string, page: string): Promise<void> {
  try {
    await writeFile(file, page, { flag: 'wx' });
  } catch (cause) {
    throw new UsageError(`${file} cannot be written: ${(cause as Error).message}`, {
      code: 'FILE_NOT_WRITTEN',
      hint: 'Name a file that is not there yet, in a directory that is.',
      cause,
    });
  }
}

const noReport = (cluster: string): FailoverRefusedError =>
  new FailoverRefusedError(`there is no such report of ${cluster} in the vault`, {
    code: 'REPORT_MISSING',
    hint: `holdfast failover status ${cluster} shows what runs.`,
  });
