/** What would let backups be removed, or leave them unreadable, though every run goes well. */
import {
  type AlertChange,
  cleared,
  keyEndangered,
  raised,
  vaultUnlocked,
} from '../core/alerts/index.ts';
import type { BackupId } from '../core/backup-id.ts';
import { layout } from '../core/layout.ts';
import { setLockUntil, type Vault } from './vault/index.ts';

/** A KMS key that opens or signs, and what KMS says of it: `Enabled`, `PendingDeletion`, … */
export interface KeyState {
  readonly arn: string;
  readonly state: string;
}

export interface ProtectionOptions {
  readonly vault: Vault;
  /** The newest set of each source. */
  readonly newest: readonly { readonly source: string; readonly id: BackupId }[];
  readonly keys: readonly KeyState[];
}

/** The subject of these alerts; no source can have this name. */
export const vaultSubject = 'vault:primary';

export async function protectionChanges(options: ProtectionOptions): Promise<AlertChange[]> {
  return [lockChange(await unlockedSets(options), options.vault), keyChange(options.keys)];
}

/** Stores keep whole seconds, and a lock may be set a moment before the set has its time. */
const toleranceMs = 60_000;

/** Sets that were stored under a lock which is not there any more. */
async function unlockedSets({ vault, newest }: ProtectionOptions): Promise<string[]> {
  const found: string[] = [];
  for (const { source, id } of newest) {
    const until = setLockUntil(vault, id);
    if (until === undefined) continue;
    const info = await vault.store.head(layout.manifest(source, id));
    const locked = info?.lockedUntil?.getTime() ?? 0;
    if (info !== undefined && locked < until.getTime() - toleranceMs) found.push(`${source}/${id}`);
  }
  return found;
}

function lockChange(unlocked: readonly string[], vault: Vault): AlertChange {
  const { url } = vault.store;
  if (unlocked.length > 0) return raised(vaultUnlocked({ source: vaultSubject, url, unlocked }));
  const seen = { detail: `The newest sets in ${url} are locked as configured.`, impact: 'None.' };
  return cleared({ event: 'vault.unlocked', source: vaultSubject }, seen);
}

function keyChange(keys: readonly KeyState[]): AlertChange {
  const endangered = keys.filter(({ state }) => state !== 'Enabled');
  if (endangered.length > 0) return raised(keyEndangered({ source: vaultSubject, endangered }));
  const seen = { detail: 'Every key is enabled.', impact: 'None.' };
  return cleared({ event: 'key.endangered', source: vaultSubject }, seen);
}
