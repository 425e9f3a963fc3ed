/** Silences what would interfere, if the plan still holds. */
import { stepEventSchema } from '../../src/core/contracts/failover.ts';
import { freeze } from '../../src/pipeline/failover/isolate.ts';
import { failoverHandler, ofRun } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(stepEventSchema, ofRun, (cluster, { run }) =>
  freeze(cluster, run),
);
