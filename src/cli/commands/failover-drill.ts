/** `holdfast failover drill`: the same state machine on scratch servers, under load, measured and signed. */
import { z } from 'zod';
import { failoverDrillSchema } from '../../core/failover/drill.ts';
import { drillLines } from '../../core/failover/drill-page.ts';
import { failoverModes } from '../../core/failover/plan.ts';
import { defineCommand } from '../command.ts';
import { runDrill } from '../failover/drill.ts';
import { clusterArgument } from '../failover/words.ts';
import { errorSchema } from '../output/shapes.ts';

export const failoverDrill = defineCommand({
  description:
    'Proves a failover without touching production: restores the newest verified backup of the cluster’s source into a scratch server, makes a streaming replica of it, lets a client write without pause, runs the very same state machine against the two, counts by the ledger what was lost and for how long writes stopped, compares with the objectives and with earlier drills, signs the result into the vault, and removes everything. The scratch cluster knows no name, command or webhook of production. Ends with 0 passed, 1 failed, 21 refused.',
  arguments: [clusterArgument],
  options: [
    {
      flags: '--mode <mode>',
      description:
        'planned (the default of the configuration) or forced: the primary is killed first',
      choices: failoverModes,
    },
  ],
  examples: [
    { line: 'holdfast failover drill orders', does: 'How long would a switchover take?' },
    {
      line: 'holdfast failover drill orders --mode forced',
      does: 'Kill the scratch primary, and count what is lost',
    },
  ],
  input: z.object({ cluster: z.string(), mode: z.enum(failoverModes).optional() }),
  result: z.object({
    cluster: z.string(),
    outcome: z.enum(['passed', 'failed']),
    execution: z.string(),
    drill: failoverDrillSchema.optional(),
    error: errorSchema.optional(),
  }),
  async run({ cluster, mode }, context) {
    const site = await context.site();
    const result = await runDrill(site, context, { cluster, mode });
    const { error } = result;
    const failed = result.outcome === 'passed' ? 0 : 1;
    return {
      result,
      exitCode: error?.exitCode ?? failed,
      ...(error && { errors: [{ part: cluster, error }] }),
    };
  },
  render: ({ cluster, outcome, drill }, screen) =>
    [
      `${outcome === 'passed' ? screen.paint('green', 'PASSED') : screen.paint('red', 'FAILED')} failover drill of ${cluster}${drill === undefined ? '' : `, ${drill.mode}`}`,
      ...(drill === undefined ? [] : drillLines(drill).map((line) => `  ${line}`)),
    ].join('\n'),
});
