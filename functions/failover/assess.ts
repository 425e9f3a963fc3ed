/** Decides from where to where, and what may be lost: the plan. */
import { stepEventSchema } from '../../src/core/contracts/failover.ts';
import { assess } from '../../src/pipeline/failover/prepare.ts';
import { failoverHandler, ofRun } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(stepEventSchema, ofRun, (cluster, { run }) =>
  assess(cluster, run),
);
