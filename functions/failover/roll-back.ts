/** Gives the old primary back to its clients, proved by a write. */
import { stepEventSchema } from '../../src/core/contracts/failover.ts';
import { rollBack } from '../../src/pipeline/failover/roll-back.ts';
import { failoverHandler, ofRun } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(stepEventSchema, ofRun, (cluster, { run }) =>
  rollBack(cluster, run),
);
