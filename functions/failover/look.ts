/** Looks at a cluster from where its failovers run: what would be done, and what stands in the way. */
import { lookInputSchema } from '../../src/core/contracts/failover.ts';
import { decide } from '../../src/pipeline/failover/decide.ts';
import { readExpected } from '../../src/pipeline/failover/expected.ts';
import { readiness } from '../../src/pipeline/failover/prepare.ts';
import { failoverHandler } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(
  lookInputSchema,
  ({ cluster }) => cluster,
  async (cluster, { mode, to = null }) => {
    const { plan } = await decide(cluster, { mode, to });
    const expected = await readExpected(cluster, plan.mode);
    return { plan: { ...plan, expected }, readiness: await readiness(cluster) };
  },
);
