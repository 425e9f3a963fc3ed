/** Holds the checks of the team against the new primary. */
import { stepEventSchema } from '../../src/core/contracts/failover.ts';
import { smoke } from '../../src/pipeline/failover/settle.ts';
import { failoverHandler, ofRun } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(stepEventSchema, ofRun, (cluster, { run }) =>
  smoke(cluster, run),
);
