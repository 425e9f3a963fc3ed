/** Writes a row with the epoch, and reads it back. */
import { stepEventSchema } from '../../src/core/contracts/failover.ts';
import { verifyWritable } from '../../src/pipeline/failover/take-over.ts';
import { failoverHandler, ofRun } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(stepEventSchema, ofRun, (cluster, { run }) =>
  verifyWritable(cluster, run),
);
