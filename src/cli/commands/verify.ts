/** `holdfast verify`: proves stored backups again, by checksum or by reading them to the end. */
import { z } from 'zod';
import { isBackupId } from '../../core/backup-id.ts';
import type { VerifyInput } from '../../core/contracts/machines.ts';
import { type ErrorReport, reportError, UsageError } from '../../core/errors.ts';
import type { Vault } from '../../pipeline/vault/index.ts';
import type { Site } from '../../wiring/site.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { openWatched } from '../executions/open-watched.ts';
import { openToStart } from '../executions/stage.ts';
import type { Watched } from '../executions/watched.ts';
import { worstExitCode } from '../exit-codes.ts';
import { plural } from '../output/figures.ts';
import type { Screen } from '../output/screen.ts';
import { errorSchema } from '../output/shapes.ts';
import { findSet, knownSources } from '../stored-sources.ts';

const verifiedSchema = z.object({
  source: z.string(),
  backup: z.string(),
  outcome: z.enum(['good', 'failed']),
  execution: z.string().optional(),
  error: errorSchema.optional(),
});
type Verified = z.infer<typeof verifiedSchema>;

export const verify = defineCommand({
  description:
    'Proves stored backups again and signs the result. Level checked compares sizes and checksums without key or download; level read downloads, decrypts and reads every byte with the engine’s own tool. Unfinished attempts are passed over.',
  arguments: [{ name: '[what...]', description: 'sources or backup ids', completes: 'source' }],
  options: [
    { flags: '--all', description: 'every backup of every source' },
    {
      flags: '--level <level>',
      description: 'how far (default: checked)',
      choices: ['checked', 'read'],
    },
  ],
  examples: [
    { line: 'holdfast verify --all', does: 'Check everything that is stored' },
    {
      line: 'holdfast verify orders --level read',
      does: 'Read every byte of every backup of a source',
    },
    { line: 'holdfast verify 20261121T020000Z-daily-1a2b3c4d', does: 'One backup' },
  ],
  input: z.object({
    what: z.array(z.string()).default([]),
    all: z.boolean().default(false),
    level: z.enum(['checked', 'read']).default('checked'),
  }),
  result: z.object({ level: z.enum(['checked', 'read']), verified: z.array(verifiedSchema) }),
  async run({ what, all, level }, context) {
    if (all === what.length > 0) throw unclear();
    const site = await context.site();
    const vault = await openFor(level, site, context);
    const targets = await targetsOf(site, vault, what);
    const watched = await openWatched(site, context);
    try {
      const verified: Verified[] = [];
      for (const target of targets) {
        verified.push(await verifyOne({ ...target, level }, { site, context, watched, vault }));
      }
      const result = { level, verified };
      const errors = verified.flatMap(({ source, backup, error }) =>
        error === undefined ? [] : [{ part: `${source} ${backup}`, error }],
      );
      const exitCode = worstExitCode(errors.map(({ error }) => error.exitCode));
      return { result, exitCode, errors };
    } finally {
      await watched.close();
    }
  },
  render: ({ verified, level }, screen) =>
    [
      ...verified.map((each) => render(each, screen)),
      `${plural(verified.length, 'backup')} ${level}, ${verified.filter(({ error }) => error).length} failed.`,
    ].join('\n'),
});

const unclear = (): UsageError =>
  new UsageError('nothing to verify: name sources or backup ids, or say --all', {
    code: 'SOURCES_UNCHOSEN',
    hint: 'holdfast verify --all',
  });

/** A wrong key is said once, before any set: exit 12 is about the vault. */
const openFor = (level: string, site: Site, context: CommandContext): Promise<Vault> =>
  level === 'read' ? openToStart(site, context) : site.vaults.openKeyless();

type Target = Pick<VerifyInput, 'source' | 'backupId'>;

async function targetsOf(site: Site, vault: Vault, what: readonly string[]): Promise<Target[]> {
  const ids = what.filter(isBackupId);
  const named: Target[] = [];
  for (const id of ids) {
    const { source, id: backupId } = await findSet(site, vault, id);
    named.push({ source, backupId });
  }
  const sources = what.filter((word) => !isBackupId(word));
  if (sources.length === 0 && ids.length > 0) return named;
  return [...named, ...(await setsOf(site, vault, sources))];
}

async function setsOf(site: Site, vault: Vault, sources: readonly string[]): Promise<Target[]> {
  const { loadSets } = await import('../../pipeline/sets/stored-sets.ts');
  const targets: Target[] = [];
  for (const source of await knownSources(site, vault, sources)) {
    for (const { id, state } of await loadSets(vault, source)) {
      if (state === 'committed' || state === 'damaged') targets.push({ source, backupId: id });
    }
  }
  return targets;
}

interface Work {
  readonly site: Site;
  readonly context: CommandContext;
  readonly watched: Watched;
  readonly vault: Vault;
}

async function verifyOne(input: VerifyInput, work: Work): Promise<Verified> {
  const { source, backupId } = input;
  const base = { source, backup: backupId };
  const known = work.site.config.sources[source] !== undefined;
  try {
    if (!known) return { ...base, ...outcomeOf(await checkStranger(input, work)) };
    const { record, end } = await work.watched.run('verify', input);
    return { ...base, execution: record.id, ...outcomeOf(end.ok ? undefined : end.error) };
  } catch (error) {
    if (work.context.signal.aborted) throw error;
    return { ...base, ...outcomeOf(reportError(error)) };
  }
}

const outcomeOf = (error: ErrorReport | undefined): Pick<Verified, 'outcome' | 'error'> =>
  error === undefined ? { outcome: 'good' } : { outcome: 'failed', error };

/** A source that left the configuration has no engine to read it, but can be checked. */
async function checkStranger(
  { source, backupId, level }: VerifyInput,
  { site, context, vault }: Work,
): Promise<ErrorReport | undefined> {
  if (level === 'read') context.warn(`${source} is not in the configuration: only checked`);
  const { checkBackup, damaged } = await import('../../pipeline/verify.ts');
  const signer = await site.signer();
  const { signal } = context;
  const { findings } = await checkBackup({ source, id: backupId }, { vault, signer, signal });
  return findings.length === 0 ? undefined : reportError(damaged(source, backupId, findings));
}

const render = ({ source, backup, error }: Verified, screen: Screen): string =>
  error === undefined
    ? `${screen.paint('green', 'ok')} ${source} ${backup}`
    : `${screen.paint('red', 'FAILED')} ${source} ${backup}`;
