/** Looks at every node and name, and refuses what could not end well. */
import { stepEventSchema } from '../../src/core/contracts/failover.ts';
import { preflight } from '../../src/pipeline/failover/prepare.ts';
import { failoverHandler, ofRun } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(stepEventSchema, ofRun, (cluster, { run }) =>
  preflight(cluster, run),
);
