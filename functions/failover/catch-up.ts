/** Lets the replica replay what there is, and holds the loss against the budget. */
import { stepEventSchema } from '../../src/core/contracts/failover.ts';
import { catchUp } from '../../src/pipeline/failover/isolate.ts';
import { failoverHandler, ofRun } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(stepEventSchema, ofRun, (cluster, { run }) =>
  catchUp(cluster, run),
);
