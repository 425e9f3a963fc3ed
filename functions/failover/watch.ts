/** Looks whether the primary is gone, once a minute; begins a forced failover where that is allowed. */
import { checkEventSchema } from '../../src/core/contracts/failover.ts';
import { watchPrimary } from '../../src/pipeline/failover/watch-primary.ts';
import { startForced } from '../../src/wiring/automatic-start.ts';
import { failoverHandler } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(
  checkEventSchema,
  ({ input }) => input.cluster,
  (cluster) =>
    watchPrimary(cluster, { forSeconds: 0, start: (epoch) => startForced(cluster.name, epoch) }),
);
