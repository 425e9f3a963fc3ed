/** Looks whether a failover would be begun, and tells when that changes. */
import { checkEventSchema } from '../../src/core/contracts/failover.ts';
import { watchReadiness } from '../../src/pipeline/failover/watch-readiness.ts';
import { failoverHandler } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(
  checkEventSchema,
  ({ input }) => input.cluster,
  (cluster) => watchReadiness(cluster),
);
