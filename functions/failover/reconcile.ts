/** Reads who is primary, where nobody heard how a promotion ended. */
import { stepEventSchema } from '../../src/core/contracts/failover.ts';
import { reconcile } from '../../src/pipeline/failover/take-over.ts';
import { failoverHandler, ofRun } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(stepEventSchema, ofRun, (cluster, { run }) =>
  reconcile(cluster, run),
);
