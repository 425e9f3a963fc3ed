/** Sources that the configuration or the vault knows, and where a backup lies. */
import type { BackupId } from '../core/backup-id.ts';
import { UsageError } from '../core/errors.ts';
import { listSources, loadSet, type StoredSet, type Vault } from '../pipeline/vault/index.ts';
import type { Site } from '../wiring/site.ts';
import { demandSource } from './select-sources.ts';

/** Those named, else all: a source that left the configuration still has its backups. */
export async function knownSources(
  site: Site,
  vault: Vault,
  named: readonly string[],
): Promise<string[]> {
  const known = new Set(Object.keys(site.config.sources));
  for await (const source of listSources(vault)) known.add(source);
  for (const name of named) demandSource([...known], name);
  return named.length > 0 ? [...named] : [...known];
}

/** The set of that id, whichever source has it. Throws UsageError BACKUP_NOT_FOUND. */
export async function findSet(site: Site, vault: Vault, id: BackupId): Promise<StoredSet> {
  for (const source of await knownSources(site, vault, [])) {
    const set = await loadSet(vault, source, id);
    if (set.state !== 'uncommitted' || set.keyFiles.length > 0) return set;
  }
  throw new UsageError(`there is no backup ${id} in ${vault.store.url}`, {
    code: 'BACKUP_NOT_FOUND',
    hint: '`holdfast list` shows those there are.',
  });
}
