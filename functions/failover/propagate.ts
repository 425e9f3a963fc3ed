/** Waits until every authority and resolver says so. */
import { stepEventSchema } from '../../src/core/contracts/failover.ts';
import { propagate } from '../../src/pipeline/failover/take-over.ts';
import { failoverHandler, ofRun } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(stepEventSchema, ofRun, (cluster, { run }) =>
  propagate(cluster, run),
);
