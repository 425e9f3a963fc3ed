/** Adds key files to stored sets: what `keys add` and `keys rotate` share. */
import { z } from 'zod';
import { type ErrorReport, reportError } from '../core/errors.ts';
import {
  addSetKeys,
  listSets,
  rotateKeys,
  type SetKeysReport,
  type Vault,
} from '../pipeline/vault/index.ts';
import type { Site } from '../wiring/site.ts';
import type { CommandContext, Outcome } from './command.ts';
import { worstExitCode } from './exit-codes.ts';
import { plural } from './output/figures.ts';
import { errorSchema } from './output/shapes.ts';
import { failuresOf } from './run-sources.ts';
import { knownSources } from './stored-sources.ts';

export const keysInput = z.object({ privateKey: z.array(z.string()).default([]) });

export const keysReport = z.object({
  sets: z.array(
    z.object({
      source: z.string(),
      backup: z.string(),
      added: z.array(z.string()),
      /** Could not be reached: run it again later. */
      pending: z.array(z.string()),
      error: errorSchema.optional(),
    }),
  ),
});
type Report = z.infer<typeof keysReport>;

interface Wrapping {
  readonly privateKey: readonly string[];
  /** Also a new key check for the recipients of the day. */
  readonly newCheck: boolean;
}

export async function wrapForAll(
  context: CommandContext,
  { privateKey, newCheck }: Wrapping,
): Promise<Outcome<Report>> {
  const site = await context.site({ privateKeys: privateKey });
  await assertSecretsPresent(site);
  const vault = await site.vaults.open();
  const reports = newCheck
    ? rotateKeys(vault, context.signal)
    : addToAll(site, vault, context.signal);
  const sets: Report['sets'] = [];
  const failed: { source: string; error: ErrorReport }[] = [];
  for await (const { source, id, added, pending, error } of reports) {
    const report = error === undefined ? {} : { error: reportError(error) };
    sets.push({ source, backup: id, added: [...added], pending: [...pending], ...report });
    if (report.error) failed.push({ source: `${source} ${id}`, error: report.error });
  }
  for (const { source, backup, pending } of sets) {
    if (pending.length > 0)
      context.warn(`${source} ${backup}: still without ${pending.join(', ')}`);
  }
  const exitCode = worstExitCode(failed.map(({ error }) => error.exitCode));
  return { result: { sets }, exitCode, errors: failuresOf(failed) };
}

/** With an escrow key a site opens without the keys that are lost: they would silently be left out. */
async function assertSecretsPresent({ config, secrets }: Site): Promise<void> {
  const { key, recipients = [] } = config.vault.encryption;
  const references = recipients.flatMap((one) => ('aes' in one ? [one.aes] : []));
  for (const reference of [...(key === undefined ? [] : [key]), ...references]) {
    await secrets.resolve(reference);
  }
}

async function* addToAll(
  site: Site,
  vault: Vault,
  signal: AbortSignal,
): AsyncIterable<SetKeysReport> {
  const { loadSet } = await import('../pipeline/vault/index.ts');
  for (const source of await knownSources(site, vault, [])) {
    for await (const id of listSets(vault, source)) {
      signal.throwIfAborted();
      const { state } = await loadSet(vault, source, id);
      if (state === 'committed') yield await addSetKeys(vault, { source, id });
    }
  }
}

export function renderKeys({ sets }: Report): string {
  const changed = sets.filter(({ added }) => added.length > 0);
  const lines = changed.map(
    ({ source, backup, added }) => `${source} ${backup}: added ${added.join(', ')}`,
  );
  return [...lines, `${plural(changed.length, 'set')} of ${sets.length} got a key file.`].join(
    '\n',
  );
}
