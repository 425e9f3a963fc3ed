/** `holdfast restore`: brings one source back, or all of them to one time. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { backupTime, isBackupId } from '../../core/backup-id.ts';
import { restoreResultSchema } from '../../core/contracts/results.ts';
import { UsageError } from '../../core/errors.ts';
import { retrievals } from '../../core/thaw.ts';
import type { Site } from '../../wiring/site.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { isDeployed, openToStart, refuseDeployed } from '../executions/stage.ts';
import { worstExitCode } from '../exit-codes.ts';
import { countText, elapsedText, timeText } from '../output/figures.ts';
import type { Screen } from '../output/screen.ts';
import { errorSchema } from '../output/shapes.ts';
import { planEach } from '../restore/plan-each.ts';
import { restoreEach } from '../restore/restore-each.ts';
import { readRemoteTarget, readTarget } from '../restore/target.ts';
import { failuresOf } from '../run-sources.ts';
import { selectSources } from '../select-sources.ts';
import { findSet } from '../stored-sources.ts';

const inputSchema = z.object({
  source: z.string().optional(),
  all: z.boolean().default(false),
  at: z.string().default('latest'),
  to: z.string().optional(),
  only: z.array(z.string()).default([]),
  dryRun: z.boolean().default(false),
  overwrite: z.boolean().default(false),
  from: z.string().default('primary'),
  retrieval: z.enum(retrievals).default('standard'),
  privateKey: z.array(z.string()).default([]),
});
export type RestoreWords = z.infer<typeof inputSchema>;

const findingSchema = z.object({
  subject: z.string(),
  level: z.enum(['ok', 'warning', 'error']),
  detail: z.string(),
  fix: z.string().optional(),
});
const restoreSchema = z.object({
  source: z.string(),
  backup: z.string(),
  outcome: z.enum(['restored', 'planned', 'failed', 'skipped']),
  execution: z.string().optional(),
  restored: restoreResultSchema.optional(),
  /** Of a dry run: what would be done, and whether it can. */
  plan: z
    .object({ target: z.string(), actions: z.array(z.string()), findings: z.array(findingSchema) })
    .optional(),
  error: errorSchema.optional(),
});
export type Restore = z.infer<typeof restoreSchema>;

export const restore = defineCommand({
  description:
    'Restores a backup, compares it with what was backed up, and refuses to touch a target that is not empty unless --overwrite is said; then the old contents stay until the new ones are whole. Hooks run around a restore of the source itself.',
  arguments: [{ name: '[source]', description: 'a name under `sources:`', completes: 'source' }],
  options: [
    { flags: '--all', description: 'every source, in the order of `after:`' },
    { flags: '--at <when>', description: 'latest (the default), a time, or a backup id' },
    {
      flags: '--to <target>',
      description: 'a database URL, a directory or s3://bucket/prefix (default: the source itself)',
      completes: 'file',
    },
    {
      flags: '--only <pattern>',
      description: 'only these schemas, tables or paths; may be repeated',
      repeatable: true,
    },
    { flags: '--dry-run', description: 'say what would be done, touch nothing' },
    { flags: '--overwrite', description: 'replace what is in the target' },
    { flags: '--from <destination>', description: 'primary (the default) or the name of a copy' },
    {
      flags: '--retrieval <speed>',
      description: 'how fast a backup comes back from an archive tier; standard by default',
      choices: retrievals,
    },
    {
      flags: '--private-key <file>',
      description: 'PEM of an escrow key; may be repeated',
      repeatable: true,
      completes: 'file',
    },
  ],
  examples: [
    {
      line: 'holdfast restore orders --to postgres://localhost/orders_copy',
      does: 'The newest whole backup, beside the original',
    },
    {
      line: 'holdfast restore uploads --only "2026/**" --to /tmp/uploads',
      does: 'Some paths, elsewhere',
    },
    {
      line: 'holdfast restore --all --at 2026-11-21T02:00:00Z --overwrite',
      does: 'Everything back to one time, in order',
    },
    {
      line: 'holdfast restore orders --overwrite --dry-run',
      does: 'What a restore in place would do',
    },
  ],
  input: inputSchema,
  result: z.object({ restores: z.array(restoreSchema) }),
  async run(given, context) {
    refuseContradictions(given);
    const site = await context.site({ privateKeys: given.privateKey });
    const words = { ...given, ...placesFor(given, site, context) };
    const chosen = await choose(site, words, context);
    for (const { source, partial, backup } of chosen) {
      if (partial) context.warn(`${source}: ${backup} is partial: not all of the source is in it`);
    }
    const work = { site, context, words };
    const restores = words.dryRun ? await planEach(chosen, work) : await restoreEach(chosen, work);
    const exitCode = worstExitCode(restores.map(exitCodeOf));
    return { result: { restores }, exitCode, errors: failuresOf(restores) };
  },
  render: ({ restores }, screen) => restores.map((each) => render(each, screen)).join('\n'),
});

/** What the words mean for the side that does the work: a dry run looks from this machine. */
function placesFor(words: RestoreWords, site: Site, context: CommandContext) {
  if (words.dryRun || !isDeployed(site, context)) return placesFrom(words, context.cwd);
  if (words.privateKey.length > 0) {
    refuseDeployed(site, context, 'an escrow key stays on this machine');
  }
  const { source = '', to } = words;
  return to === undefined ? {} : { to: readRemoteTarget(to, site.config.sources[source]) };
}

/** Paths count from the working directory; a password goes by the environment. */
function placesFrom({ to, privateKey }: RestoreWords, cwd: string) {
  const privateKeys = { privateKey: privateKey.map((file) => resolve(cwd, file)) };
  if (to === undefined) return privateKeys;
  const { target, environment } = readTarget(to, cwd);
  Object.assign(process.env, environment);
  return { ...privateKeys, to: target };
}

function refuseContradictions({ all, source, to, only }: RestoreWords): void {
  const wrong = [
    all && source !== undefined ? '--all and a source' : '',
    all && to !== undefined ? '--all and --to' : '',
    all && only.length > 0 ? '--all and --only' : '',
  ].find((text) => text !== '');
  if (wrong === undefined) return;
  throw new UsageError(`command not understood: ${wrong} contradict each other`, {
    code: 'OPTION_INVALID',
    hint: '`--all` brings every source back to its own place.',
  });
}

export interface ChosenBackup {
  readonly source: string;
  readonly backup: string;
  readonly partial: boolean;
}

/** Every set is found before anything is touched. Throws UsageError BACKUP_NOT_FOUND, TIME_INVALID. */
async function choose(
  site: Site,
  { source, all, at, from }: RestoreWords,
  context: CommandContext,
): Promise<ChosenBackup[]> {
  const vault = await openToStart(site, context, from);
  const { chooseBackup } = await import('../../pipeline/sets/choose-backup.ts');
  if (all && isBackupId(at)) {
    const hint = 'A backup id belongs to one source; give a time.';
    throw new UsageError(`--all --at ${at} not understood`, { code: 'OPTION_INVALID', hint });
  }
  const owner =
    source === undefined && !all && isBackupId(at)
      ? (await findSet(site, vault, at)).source
      : source;
  const sources = selectSources(site.config, { all, sources: owner === undefined ? [] : [owner] });
  return Promise.all(
    sources.map(async (name) => {
      const { id, partial } = await chooseBackup(vault, name, at);
      return { source: name, backup: id, partial };
    }),
  );
}

export interface RestoreWork {
  readonly site: Site;
  readonly context: CommandContext;
  readonly words: RestoreWords;
}

const exitCodeOf = ({ outcome, plan, error }: Restore): number => {
  if (error !== undefined) return error.exitCode;
  if (plan?.findings.some(({ level }) => level === 'error')) return 1;
  return outcome === 'skipped' ? 1 : 0;
};

function render(one: Restore, screen: Screen): string {
  const { source, backup, error, restored } = one;
  if (error !== undefined) return `${screen.paint('red', 'FAILED')} ${source}`;
  if (one.outcome === 'skipped')
    return `${screen.paint('red', 'SKIPPED')} ${source}: it comes after one that failed`;
  if (one.plan !== undefined) return renderPlan(one, screen);
  const time = isBackupId(backup) ? timeText(backupTime(backup)) : '';
  const { comparison, seconds = 0, target = '', notes = [] } = restored ?? {};
  return [
    `${screen.paint('green', 'ok')} ${source} restored from ${backup} (${time}) to ${target} in ${elapsedText(seconds)}`,
    `  ${comparisonText(comparison)}`,
    ...notes.map((note) => `  note: ${note}`),
  ].join('\n');
}

export function comparisonText(
  comparison: NonNullable<Restore['restored']>['comparison'] | undefined,
): string {
  if (comparison === undefined || comparison.level === 'none' || comparison.units === 0) {
    return 'NOT compared with what was backed up';
  }
  const { level, units, rows } = comparison;
  const amount = rows === undefined ? '' : ` with ${countText(rows)} rows`;
  return `compared: ${countText(units)} units${amount} equal, by ${level === 'rows' ? 'row counts' : 'checksums'}`;
}

function renderPlan({ source, backup, plan }: Restore, screen: Screen): string {
  const findings = (plan?.findings ?? []).map(({ subject, level, detail, fix }) => {
    const mark = {
      ok: 'ok',
      warning: screen.paint('yellow', 'warning'),
      error: screen.paint('red', 'ERROR'),
    };
    const mend = fix === undefined || level === 'ok' ? '' : `\n    fix: ${fix}`;
    return `  ${mark[level]} ${subject}: ${detail}${mend}`;
  });
  const actions = (plan?.actions ?? []).map((action) => `  would ${action}`);
  return [
    `${source}: ${backup} to ${plan?.target ?? ''} (dry run, nothing was touched)`,
    ...actions,
    ...findings,
  ].join('\n');
}
