/** Changes the names, if they still say what was seen. */
import { stepEventSchema } from '../../src/core/contracts/failover.ts';
import { cutOver } from '../../src/pipeline/failover/take-over.ts';
import { failoverHandler, ofRun } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(stepEventSchema, ofRun, (cluster, { run }) =>
  cutOver(cluster, run),
);
