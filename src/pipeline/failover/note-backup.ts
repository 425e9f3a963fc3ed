/** What the report says of the backup on the new timeline. */
import type { ReportEvent } from '../../core/contracts/failover.ts';
import { failureReport } from '../../core/failure.ts';
import type { ClusterAtWork } from './at-work.ts';
import { recorded } from './records.ts';

/** A run that never came to the names wants none. */
export async function noteBackup(
  cluster: ClusterAtWork,
  { run, backup, backupStart }: ReportEvent,
  hasCutOver: boolean,
): Promise<void> {
  if (backup === false || !hasCutOver) return;
  const line = lineOf(backup.source, backupStart);
  await recorded(cluster, { ...run, step: 'backup' }, async () => ({ lines: [line], data: {} }));
}

function lineOf(source: string, start: ReportEvent['backupStart']): string {
  const next = `run: holdfast backup ${source}`;
  if (start === false) return `no backup of ${source} was begun on the new timeline; ${next}`;
  if (typeof start === 'string') {
    return `a full backup of ${source} was begun on the new timeline: ${start.split(':').at(-1)}`;
  }
  return `the backup of ${source} could not be begun: ${failureReport(start).message}; ${next}`;
}
