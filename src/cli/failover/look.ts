/** What a failover would do, looked at from where it would run: the stack of a deployed stage, or this machine. */
import { z } from 'zod';
import type { FailoverMode } from '../../core/failover/plan.ts';
import type { Site } from '../../wiring/site.ts';
import type { CommandContext } from '../command.ts';
import { failedWith } from './ended.ts';
import { withCluster } from './open.ts';
import { planSchema } from './words.ts';

const readinessSchema = z.object({
  ready: z.boolean(),
  from: z.string(),
  to: z.string(),
  findings: z.array(z.string()),
});

interface Wish {
  readonly cluster: string;
  readonly mode: FailoverMode;
  readonly to?: string | undefined;
  /** Nobody reads it: earlier runs are not looked at. */
  readonly inHaste?: boolean;
}

export async function lookAtPlan(site: Site, context: CommandContext, wish: Wish) {
  const there = await lookThere(site, context, wish);
  if (there !== undefined) return there.plan;
  const { decide } = await import('../../pipeline/failover/decide.ts');
  const { mode, to = null } = wish;
  const { readExpected } = await import('../../pipeline/failover/expected.ts');
  return withCluster(site, wish.cluster, context, async (cluster) => {
    const { plan } = await decide(cluster, { mode, to });
    const expected = wish.inHaste ? null : await readExpected(cluster, plan.mode);
    return planSchema.parse({ ...plan, expected });
  });
}

export async function lookAtReadiness(site: Site, context: CommandContext, cluster: string) {
  const there = await lookThere(site, context, { cluster, mode: 'planned' });
  if (there !== undefined) return there.readiness;
  const { readiness } = await import('../../pipeline/failover/prepare.ts');
  return withCluster(site, cluster, context, readiness);
}

const outputSchema = z.object({ plan: planSchema, readiness: readinessSchema });

async function lookThere(site: Site, context: CommandContext, { cluster, mode, to }: Wish) {
  const { findFailovers } = await import('./deployed.ts');
  const failovers = await findFailovers(site, context);
  if (failovers === undefined) return undefined;
  const input = { cluster, mode, ...(to !== undefined && { to }) };
  const { end } = await failovers.run('failover-plan', input);
  if (!end.ok) throw failedWith(end.error);
  return outputSchema.parse(end.output);
}
