/** `holdfast failover abort`: honoured between steps. */
import { z } from 'zod';
import { FailoverRefusedError } from '../../core/errors.ts';
import { defineCommand } from '../command.ts';
import { askAbort } from '../failover/run.ts';
import { clusterArgument } from '../failover/words.ts';

export const failoverAbort = defineCommand({
  description:
    'Asks a failover that is under way to end. Before the promotion the next step undoes everything; between promotion and cutover the new primary is still proved, then it stops; after the cutover it goes on to its end.',
  arguments: [clusterArgument],
  examples: [{ line: 'holdfast failover abort orders', does: 'Stop it where that is safe' }],
  input: z.object({ cluster: z.string() }),
  result: z.object({ cluster: z.string(), asked: z.boolean() }),
  async run({ cluster: name }, context) {
    const site = await context.site();
    const asked = await askAbort(site, name);
    if (!asked) throw nothingRuns(name);
    return { result: { cluster: name, asked } };
  },
  render: ({ cluster }) => `abort asked for: holdfast failover status ${cluster}`,
});

const nothingRuns = (cluster: string): FailoverRefusedError =>
  new FailoverRefusedError(`no failover of ${cluster} is under way`, {
    code: 'FAILOVER_NOT_RUNNING',
    hint: `holdfast failover report ${cluster} shows the last one.`,
  });
