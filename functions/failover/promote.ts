/** The point of no return. */
import { stepEventSchema } from '../../src/core/contracts/failover.ts';
import { promote } from '../../src/pipeline/failover/take-over.ts';
import { failoverHandler, ofRun } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(stepEventSchema, ofRun, (cluster, { run }) =>
  promote(cluster, run),
);
