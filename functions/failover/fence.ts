/** Takes the old primary out of service, and proves it by a refused write. */
import { stepEventSchema } from '../../src/core/contracts/failover.ts';
import { fence } from '../../src/pipeline/failover/isolate.ts';
import { failoverHandler, ofRun } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(stepEventSchema, ofRun, (cluster, { run }) =>
  fence(cluster, run),
);
