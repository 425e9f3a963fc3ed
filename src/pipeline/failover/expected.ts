/** How long a run will take, read from the reports that lie in the vault. */
import { type Expected, expectedTimes } from '../../core/failover/expected.ts';
import type { FailoverMode } from '../../core/failover/plan.ts';
import type { ClusterAtWork } from './at-work.ts';
import { earlierDrills } from './drill-reports.ts';
import { newestReports } from './reports.ts';

export async function readExpected(
  { store, name }: Pick<ClusterAtWork, 'store' | 'name'>,
  mode: FailoverMode,
): Promise<Expected | null> {
  const [reports, drills] = await Promise.all([
    newestReports(store, name),
    earlierDrills(store, name, mode),
  ]);
  return expectedTimes(
    reports,
    drills.flatMap(({ run }) => run ?? []),
    mode,
  );
}
