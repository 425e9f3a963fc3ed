/** Measures what was lost, and makes the old primary a replica. */
import { stepEventSchema } from '../../src/core/contracts/failover.ts';
import { rebuild } from '../../src/pipeline/failover/settle.ts';
import { failoverHandler, ofRun } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(stepEventSchema, ofRun, (cluster, { run }) =>
  rebuild(cluster, run),
);
