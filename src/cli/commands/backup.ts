/** `holdfast backup`: backs sources up through the state machine. */
import { z } from 'zod';
import { isBackupId } from '../../core/backup-id.ts';
import {
  type CopyReport,
  copyReportSchema,
  retainReportSchema,
  verifyResultSchema,
} from '../../core/contracts/results.ts';
import { sizeText } from '../../core/duration.ts';
import { UsageError } from '../../core/errors.ts';
import type { ExecutionSummary } from '../../core/executions.ts';
import type { Vault } from '../../pipeline/vault/index.ts';
import type { Site } from '../../wiring/site.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { openWatched } from '../executions/open-watched.ts';
import type { Watched } from '../executions/watched.ts';
import { worstExitCode } from '../exit-codes.ts';
import { expectedOfDump } from '../expected-bytes.ts';
import { elapsedText, plural } from '../output/figures.ts';
import type { Screen } from '../output/screen.ts';
import { errorSchema, proofText } from '../output/shapes.ts';
import { eachSource, failuresOf } from '../run-sources.ts';
import { selectSources } from '../select-sources.ts';
import { setSummarySchema, summarize } from '../set-summary.ts';

const backupSchema = z.object({
  source: z.string(),
  outcome: z.enum(['good', 'partial', 'skipped', 'failed']),
  execution: z.string().optional(),
  set: setSummarySchema.optional(),
  /** Why it is partial: at most 20 lines. */
  partialReasons: z.array(z.string()),
  /** Figures far from those of the last backups. */
  anomalies: z.array(z.string()),
  removed: z.array(z.object({ destination: z.string(), backup: z.string(), reason: z.string() })),
  copies: z.array(
    z.object({ name: z.string(), copied: z.array(z.string()), error: errorSchema.optional() }),
  ),
  error: errorSchema.optional(),
});
type Backup = z.infer<typeof backupSchema>;

const nothing = { partialReasons: [], anomalies: [], removed: [], copies: [] };

export const backup = defineCommand({
  description:
    'Backs up the sources named: dumps, compresses and encrypts in one stream, checks what was stored, copies it, applies retention and tells the channels. Creates the vault where there is none.',
  arguments: [{ name: '[sources...]', description: 'names under `sources:`', completes: 'source' }],
  options: [
    { flags: '--all', description: 'every source' },
    {
      flags: '--kind <kind>',
      description: 'every source of this kind',
      choices: ['database', 'files', 'config'],
    },
    { flags: '--policy <name>', description: 'as this policy says (default: the first)' },
  ],
  examples: [
    { line: 'holdfast backup orders', does: 'One source, by its first policy' },
    { line: 'holdfast backup --all --json', does: 'Everything, the answer as JSON' },
    {
      line: 'holdfast backup --kind database --policy hourly',
      does: 'Every database, by another policy',
    },
  ],
  input: z.object({
    sources: z.array(z.string()).default([]),
    all: z.boolean().optional(),
    kind: z.string().optional(),
    policy: z.string().optional(),
  }),
  result: z.object({ backups: z.array(backupSchema) }),
  async run(input, context) {
    const site = await context.site();
    const sources = selectSources(site.config, input);
    for (const name of sources) demandPolicy(site, name, input.policy);
    const watched = await openWatched(site, context);
    try {
      const outcomes = await eachSource(sources, context.signal, (source) =>
        backUp(
          { site, watched, context },
          { source, ...(input.policy && { policy: input.policy }) },
        ),
      );
      const backups = outcomes.map(
        (outcome): Backup =>
          'value' in outcome
            ? outcome.value
            : { ...nothing, source: outcome.source, outcome: 'failed', error: outcome.error },
      );
      const exitCode = worstExitCode(backups.map(exitCodeOf));
      return { result: { backups }, exitCode, errors: failuresOf(backups) };
    } finally {
      await watched.close();
    }
  },
  render: ({ backups }, screen) => backups.map((each) => render(each, screen)).join('\n'),
});

function demandPolicy({ config }: Site, name: string, policy: string | undefined): void {
  const policies = Object.keys(config.sources[name]?.policies ?? {});
  if (policy === undefined || policies.includes(policy)) return;
  throw new UsageError(`${name} has no policy "${policy}"`, {
    code: 'POLICY_UNKNOWN',
    hint: `Its policies: ${policies.join(', ')}.`,
  });
}

interface Work {
  readonly site: Site;
  readonly watched: Watched;
  readonly context: CommandContext;
}

async function backUp(
  { site, watched, context }: Work,
  input: { readonly source: string; readonly policy?: string },
): Promise<Backup> {
  context.note(`${input.source}: backing up`);
  const expected = await expectedOfDump(site, input.source, input.policy).catch(() => undefined);
  const { record, end } = await watched.run('backup', input, expected);
  const base = { ...nothing, source: input.source, execution: record.id };
  if (!end.ok) return { ...base, outcome: 'failed', error: end.error };
  const { outcome, backupId } = outputSchema.parse(end.output);
  if (backupId === null) return { ...base, outcome };
  return { ...base, outcome, ...(await detailsOf(site, record, backupId)) };
}

const outputSchema = z.object({
  outcome: z.enum(['good', 'partial', 'skipped']),
  backupId: z.string().refine(isBackupId).nullable(),
});

async function detailsOf(
  site: Site,
  record: ExecutionSummary,
  backupId: string,
): Promise<Partial<Backup>> {
  const { loadSet, readResult } = await import('../../pipeline/vault/index.ts');
  const vault: Vault = await site.vaults.openKeyless();
  if (!isBackupId(backupId)) return {};
  const source = String((record.input as { source?: string }).source);
  const set = await loadSet(vault, source, backupId);
  const verified = await readResult(vault, record.id, 'verify', verifyResultSchema);
  const retained = await readResult(vault, record.id, 'retain', retainReportSchema);
  const copied = await readResult(vault, record.id, 'copies', copyReportSchema);
  return {
    set: summarize(set),
    partialReasons: set.manifest?.partialReasons ?? [],
    anomalies: (verified?.anomalies ?? []).map(anomalyText),
    removed: retained?.removed ?? [],
    copies: destinationsOf(copied),
  };
}

const anomalyText = (anomaly: {
  figure: string;
  current: number;
  median: number;
  change: number;
}) => {
  const show = (value: number) => (anomaly.figure === 'size' ? sizeText(value) : String(value));
  const percent = Math.round(anomaly.change * 100);
  return `${anomaly.figure} ${show(anomaly.current)} against a median of ${show(anomaly.median)} (${percent > 0 ? '+' : ''}${percent}%)`;
};

const destinationsOf = (report: CopyReport | undefined): Backup['copies'] =>
  (report?.destinations ?? []).map(({ error, ...rest }) => ({ ...rest, ...(error && { error }) }));

const exitCodeOf = ({ outcome, error }: Backup): number =>
  error?.exitCode ?? (outcome === 'partial' ? 3 : 0);

function render(one: Backup, screen: Screen): string {
  const { source, outcome, set, error } = one;
  if (error !== undefined) return `${screen.paint('red', 'FAILED')} ${source}`;
  if (set === undefined) return `${source}: ${outcome}: another run has taken this scheduled time`;
  const title =
    outcome === 'partial' ? screen.paint('yellow', 'PARTIAL') : screen.paint('green', 'ok');
  const amount = [
    set.rows === undefined ? [] : plural(set.rows, 'row'),
    set.files === undefined ? [] : plural(set.files, 'file'),
  ].flat();
  const figures = [
    sizeText(set.storedBytes ?? 0),
    elapsedText(set.durationSeconds ?? 0),
    ...amount,
  ];
  const details = [
    ...one.partialReasons.map((reason) => `partial: ${reason}`),
    ...one.anomalies.map((anomaly) => `unusual: ${anomaly}`),
    ...one.copies.map(copyText),
    ...one.removed.map(
      ({ destination, backup, reason }) => `removed from ${destination}: ${backup}: ${reason}`,
    ),
  ];
  const kind = set.parent ? `${set.method}, builds on ${set.parent}` : set.method;
  return [
    `${title} ${source} ${screen.paint('bold', set.id)}`,
    `  ${figures.join(', ')}; ${kind}`,
    `  proof: ${proofText[set.proof]}`,
    ...details.map((line) => `  ${line}`),
  ].join('\n');
}

const copyText = ({ name, copied, error }: Backup['copies'][number]): string =>
  error === undefined
    ? `copied to ${name}: ${copied.length === 0 ? 'nothing new' : copied.join(', ')}`
    : `NOT copied to ${name}: ${error.message}`;
