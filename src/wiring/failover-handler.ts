/** What the functions of a failover share: the cluster of the run, opened and put away. */
import type { z } from 'zod';
import type { ClusterAtWork } from '../pipeline/failover/at-work.ts';
import { closeCluster, openCluster } from './cluster-at-work.ts';
import { lambdaHandler } from './lambda-handler.ts';

interface OfCluster {
  readonly cluster: string;
}

/** `clusterOf` finds the cluster's name in the event. */
export function failoverHandler<S extends z.ZodType, R>(
  schema: S,
  clusterOf: (event: z.infer<S>) => string,
  step: (cluster: ClusterAtWork, event: z.infer<S>) => Promise<R>,
) {
  return lambdaHandler(schema, async (event, { site, signal }) => {
    const execution = executionOf(event);
    const cluster = await openCluster(site, clusterOf(event), { signal, execution });
    try {
      return await step(cluster, event);
    } finally {
      await closeCluster(cluster);
    }
  });
}

export const ofRun = ({ run }: { readonly run: OfCluster }): string => run.cluster;

/** An event is the run itself, or is about one. */
function executionOf(event: unknown): string | undefined {
  const { execution, run } = event as { execution?: string; run?: { execution?: string } };
  return execution ?? run?.execution;
}
