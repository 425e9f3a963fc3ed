/** Finds the set that `--at` means. */
import { isBackupId } from '../../core/backup-id.ts';
import { type ChosenSet, chooseSet } from '../../core/choose-set.ts';
import { loadSet, type Vault } from '../vault/index.ts';
import { candidateOf, loadSets } from './stored-sets.ts';

/** `latest`, a time or a backup id. Throws UsageError `BACKUP_NOT_FOUND`, `TIME_INVALID`. */
export async function chooseBackup(vault: Vault, source: string, at: string): Promise<ChosenSet> {
  const sets = isBackupId(at) ? [await loadSet(vault, source, at)] : await loadSets(vault, source);
  return chooseSet(source, sets.map(candidateOf), at);
}
