/** Tells those who have to know. */
import { stepEventSchema } from '../../src/core/contracts/failover.ts';
import { activate } from '../../src/pipeline/failover/settle.ts';
import { failoverHandler, ofRun } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(stepEventSchema, ofRun, (cluster, { run }) =>
  activate(cluster, run),
);
