/** What `hold` and `release` speak about. */
import { parseBackupId } from '../core/backup-id.ts';
import { UsageError } from '../core/errors.ts';
import type { Signer } from '../core/ports/signer.ts';
import type { HoldRequest } from '../pipeline/hold.ts';
import type { Vault } from '../pipeline/vault/index.ts';
import type { CommandContext } from './command.ts';
import { findSet } from './stored-sources.ts';

export async function heldSet(
  context: CommandContext,
  { backup, reason }: { readonly backup: string; readonly reason: string | undefined },
): Promise<{ vault: Vault; signer: Signer; request: HoldRequest }> {
  const id = parseBackupId(backup);
  if (reason === undefined) {
    throw new UsageError('no reason given: a hold without one is never released', {
      code: 'OPTION_MISSING',
      hint: 'Add --reason "why".',
    });
  }
  const site = await context.site();
  const vault = await site.vaults.openKeyless();
  const { source } = await findSet(site, vault, id);
  return { vault, signer: await site.signer(), request: { source, backupId: id, reason } };
}
