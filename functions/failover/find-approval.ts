/** Finds the question of a run that waits for a person. */
import { approveInputSchema } from '../../src/core/contracts/failover.ts';
import { findQuestion } from '../../src/pipeline/failover/approve.ts';
import { failoverPlace } from '../../src/wiring/cluster-at-work.ts';
import { lambdaHandler } from '../../src/wiring/lambda-handler.ts';

export const handler = lambdaHandler(approveInputSchema, async (input, { site }) =>
  findQuestion({ ...(await failoverPlace(site)), now: site.now }, input),
);
