/** Claims the next epoch of a cluster: one run at a time. */
import { leaseEventSchema } from '../../src/core/contracts/failover.ts';
import { takeLease } from '../../src/pipeline/failover/prepare.ts';
import { failoverHandler } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(leaseEventSchema, ({ input }) => input.cluster, takeLease);
