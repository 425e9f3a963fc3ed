/** What is whole at a copy alone, where another stack decides what goes: it is held, until someone has looked. */
import type { BackupId } from '../core/backup-id.ts';
import type { Signer } from '../core/ports/signer.ts';
import { currentHold, holdBackup } from './hold.ts';
import type { RetainedDestination } from './sets/retention-plan.ts';
import { isCommitted, isProvenBad } from './sets/stored-sets.ts';
import { loadSet } from './vault/index.ts';

interface HoldLastOptions {
  readonly copy: RetainedDestination;
  readonly signer: Signer;
}

/** `bad`: what the primary has damaged. Safe to repeat: what is held is left alone. */
export async function holdLast(
  source: string,
  bad: ReadonlySet<BackupId>,
  { copy, signer }: HoldLastOptions,
): Promise<void> {
  if (bad.size === 0) return;
  const vault = await copy.open();
  for (const backupId of bad) {
    const set = await loadSet(vault, source, backupId);
    // A proof that failed in the primary was replicated: with it nobody removes the set.
    if (!isCommitted(set) || isProvenBad(set) || currentHold(set) !== undefined) continue;
    const reason = 'the primary has it damaged: release it here when it is whole there again';
    await holdBackup(vault, signer, { source, backupId, reason });
  }
}
