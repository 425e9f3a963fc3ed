/** A cluster for a verb that only looks, put away afterwards. */
import type { ClusterAtWork } from '../../pipeline/failover/at-work.ts';
import type { Site } from '../../wiring/site.ts';
import type { CommandContext } from '../command.ts';

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
