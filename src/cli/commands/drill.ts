/** `holdfast drill`: restores into a scratch, compares, asserts, measures, signs. */
import { z } from 'zod';
import { drillResultSchema, taskResultSchema } from '../../core/contracts/results.ts';
import { retrievals } from '../../core/thaw.ts';
import type { Site } from '../../wiring/site.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { openWatched } from '../executions/open-watched.ts';
import { openToStart } from '../executions/stage.ts';
import type { Watched } from '../executions/watched.ts';
import { worstExitCode } from '../exit-codes.ts';
import { elapsedText } from '../output/figures.ts';
import type { Screen } from '../output/screen.ts';
import { errorSchema } from '../output/shapes.ts';
import { type ChosenWords, noteColdSet } from '../restore/cold-set.ts';
import { eachSource, failuresOf } from '../run-sources.ts';
import { selectSources } from '../select-sources.ts';
import { comparisonText } from './restore.ts';

const drillSchema = z.object({
  source: z.string(),
  outcome: z.enum(['proven', 'unproven', 'failed']),
  execution: z.string().optional(),
  drill: drillResultSchema.optional(),
  error: errorSchema.optional(),
});
type Drill = z.infer<typeof drillSchema>;

export const drill = defineCommand({
  description:
    'Proves a backup: restores it into an empty scratch server or directory, compares every count or checksum with what was backed up, runs your own assertions, measures the time it took, and signs the result.',
  arguments: [{ name: '[sources...]', description: 'names under `sources:`', completes: 'source' }],
  options: [
    { flags: '--all', description: 'every source' },
    { flags: '--at <when>', description: 'latest (the default), a time, or a backup id' },
    { flags: '--from <destination>', description: 'primary (the default) or the name of a copy' },
    {
      flags: '--retrieval <speed>',
      description: 'how fast a backup comes back from an archive tier; standard by default',
      choices: retrievals,
    },
  ],
  examples: [
    { line: 'holdfast drill orders', does: 'Prove the newest backup of one source' },
    { line: 'holdfast drill --all --from west', does: 'Prove what lies in a copy' },
  ],
  input: z.object({
    sources: z.array(z.string()).default([]),
    all: z.boolean().optional(),
    at: z.string().default('latest'),
    from: z.string().default('primary'),
    retrieval: z.enum(retrievals).default('standard'),
  }),
  result: z.object({ drills: z.array(drillSchema) }),
  async run({ at, from, retrieval, ...choice }, context) {
    const site = await context.site();
    const sources = selectSources(site.config, choice);
    await openToStart(site, context, from);
    const watched = await openWatched(site, context);
    try {
      const outcomes = await eachSource(sources, context.signal, (source) =>
        drillOne({ source, at, from, retrieval }, { site, context, watched }),
      );
      const drills = outcomes.map(
        (outcome): Drill =>
          'value' in outcome ? outcome.value : { ...outcome, outcome: 'failed' },
      );
      const errors = failuresOf(drills);
      const exitCode = worstExitCode(errors.map(({ error }) => error.exitCode));
      return { result: { drills }, exitCode, errors };
    } finally {
      await watched.close();
    }
  },
  render: ({ drills }, screen) => drills.map((each) => render(each, screen)).join('\n'),
});

interface Work {
  readonly site: Site;
  readonly context: CommandContext;
  readonly watched: Watched;
}

async function drillOne(input: ChosenWords, { site, context, watched }: Work): Promise<Drill> {
  const { source } = input;
  context.note(`${source}: drilling`);
  await noteColdSet(site, input, context);
  const { record, end } = await watched.run('drill', { ...input });
  if (!end.ok) return { source, outcome: 'failed', execution: record.id, error: end.error };
  const { readResult } = await import('../../pipeline/vault/index.ts');
  const vault = await site.vaults.openForNotes(input.from);
  const result = await readResult(vault, record.id, 'drill', taskResultSchema(drillResultSchema));
  const details = result !== undefined && 'proven' in result ? { drill: result } : {};
  const outcome = details.drill?.proven === false ? 'unproven' : 'proven';
  return { source, outcome, execution: record.id, ...details };
}

const rtoText = {
  met: 'RTO met',
  missed: 'RTO missed',
  unmeasured: 'RTO not measured',
  none: 'no RTO set',
} as const;

function render({ source, error, drill: details, outcome }: Drill, screen: Screen): string {
  if (error !== undefined) return `${screen.paint('red', 'FAILED')} ${source}`;
  if (details === undefined) return `${source}: ${outcome}`;
  const { backupId, scratch, seconds, rto, comparison, assertions, notes } = details;
  const title =
    outcome === 'proven' ? screen.paint('green', 'PROVEN') : screen.paint('yellow', 'UNPROVEN');
  return [
    `${title} ${source} ${backupId}`,
    `  restored into a scratch (${scratch}) in ${elapsedText(seconds)}; ${rtoText[rto]}`,
    `  ${comparisonText(comparison)}`,
    ...assertions.map(
      ({ name, passed, detail }) => `  ${passed ? 'holds' : 'FAILS'}: ${name}: ${detail}`,
    ),
    ...notes.map((note) => `  note: ${note}`),
  ].join('\n');
}
