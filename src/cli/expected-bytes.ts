/** How many stored bytes a run will move, guessed from what is there. */
import { type BackupId, isBackupId } from '../core/backup-id.ts';
import type { Site } from '../wiring/site.ts';

/** Of a dump: what the last set of the same method took; undefined for a first one. */
export async function expectedOfDump(
  site: Site,
  source: string,
  policy: string | undefined,
): Promise<number | undefined> {
  const { loadSets } = await import('../pipeline/sets/stored-sets.ts');
  const { choosePolicy } = await import('../pipeline/source-at-work.ts');
  const { method } = choosePolicy(site.source(source), policy);
  const vault = await site.vaults.openKeyless().catch(() => undefined);
  if (vault === undefined || method === 'incremental') return undefined;
  const sets = await loadSets(vault, source);
  return sets.findLast(({ manifest }) => manifest?.method === method)?.manifest?.totals.storedBytes;
}

/** Of a restore: what lies there, of the set and of those it builds on. */
export async function expectedOfSet(
  site: Site,
  source: string,
  { backup, from }: { readonly backup: string; readonly from: string },
): Promise<number | undefined> {
  const { loadSet } = await import('../pipeline/vault/index.ts');
  const vault = await site.vaults.openKeyless(from);
  let bytes = 0;
  let id: BackupId | null = isBackupId(backup) ? backup : null;
  while (id !== null) {
    const { manifest } = await loadSet(vault, source, id);
    bytes += manifest?.totals.storedBytes ?? 0;
    id = manifest?.parent ?? null;
  }
  return bytes === 0 ? undefined : bytes;
}
