/** `holdfast failover start`: runs the state machine to its end. */
import { z } from 'zod';
import { failoverOutcomes } from '../../core/contracts/failover.ts';
import { defineCommand } from '../command.ts';
import { lookAtPlan } from '../failover/look.ts';
import { exitCodeOf, runFailover } from '../failover/run.ts';
import { clusterArgument, courseOptions, courseShape, planText } from '../failover/words.ts';
import { errorSchema } from '../output/shapes.ts';

export const failoverStart = defineCommand({
  description:
    'Hands a cluster over to its replica, or stops and says why. Shows the plan and asks; without a terminal it waits for `holdfast failover approve`, unless --yes approves the plan as it is now. Before the promotion everything is undone where a step fails; after it there is only forward. Interrupting it asks for an abort. Ends with 0 succeeded, 20 rolled back, 21 refused, 22 not approved, 23 exposed.',
  arguments: [clusterArgument],
  options: [
    ...courseOptions,
    { flags: '--yes', description: 'approve the plan as it is now' },
    { flags: '--plan <hash>', description: 'approve that plan; any other is refused' },
  ],
  examples: [
    { line: 'holdfast failover start orders', does: 'Switch over, after a look at the plan' },
    {
      line: 'holdfast failover start orders --mode forced --yes',
      does: 'The primary is gone: promote the replica',
    },
  ],
  input: z.object({ ...courseShape, yes: z.boolean().default(false), plan: z.string().optional() }),
  result: z.object({
    cluster: z.string(),
    outcome: z.enum(failoverOutcomes),
    execution: z.string(),
    epoch: z.number().nullable(),
    error: errorSchema.optional(),
  }),
  async run({ cluster: name, mode, to, yes, plan: wanted }, context) {
    const site = await context.site();
    const { refuse } = await import('../../pipeline/failover/decide.ts');
    const inHaste = yes || wanted !== undefined;
    const plan = await lookAtPlan(site, context, { cluster: name, mode, to, inHaste });
    const approved = wanted ?? (yes ? plan.hash : undefined);
    if (approved === undefined) context.note(planText(plan, context.screen));
    if (approved === undefined && context.ask !== undefined) refuse(plan);
    const answer =
      approved === undefined && context.ask !== undefined
        ? await context.ask(`Approve plan ${plan.hash}? (yes) `)
        : '';
    const given = approved ?? (answer === 'yes' ? plan.hash : undefined);
    const result = await runFailover(site, context, { cluster: name, mode, to, approved: given });
    return { result, exitCode: exitCodeOf(result), ...failureOf(name, result.error) };
  },
  render: ({ cluster, outcome, epoch }, screen) =>
    `${screen.paint(outcome === 'succeeded' ? 'green' : 'red', outcome)} ${cluster}${epoch === null ? '' : ` (epoch ${epoch}); holdfast failover report ${cluster}`}`,
});

const failureOf = (part: string, error: z.infer<typeof errorSchema> | undefined) =>
  error === undefined ? {} : { errors: [{ part, error }] };
