/** A cluster for a verb that only looks, put away afterwards. */
import type { ClusterAtWork } from '../../pipeline/failover/at-work.ts';
import type { Site } from '../../wiring/site.ts';
import type { CommandContext } from '../command.ts';
import { type LocalRunner, openLocalRunner } from '../local-runner.ts';

export async function withCluster<T>(
  site: Site,
  name: string,
  context: Pick<CommandContext, 'signal'>,
  work: (cluster: ClusterAtWork) => Promise<T>,
): Promise<T> {
  const { closeCluster, openCluster } = await import('../../wiring/cluster-at-work.ts');
  const cluster = await openCluster(site, name, { signal: context.signal });
  try {
    return await work(cluster);
  } finally {
    await closeCluster(cluster);
  }
}

/** The runner of this machine, for a verb that starts or answers a run. */
export const openFailoverRunner = (
  site: Site,
  { globals, environment, warn }: CommandContext,
): Promise<LocalRunner> =>
  openLocalRunner({ site, stage: globals.stage, environment, onNotice: warn });
