/** Holds: a set that somebody said must stay, with the reason. Signed, as a removal would be. */
import type { BackupId } from '../core/backup-id.ts';
import { UsageError } from '../core/errors.ts';
import type { Signer } from '../core/ports/signer.ts';
import { isCommitted } from './sets/stored-sets.ts';
import { attest, loadSet, type StoredSet, type Vault } from './vault/index.ts';

export interface Hold {
  readonly reason: string;
  readonly since: Date;
}

/** The last verified word about it counts; an unsigned release frees nothing. */
export function currentHold(set: StoredSet): Hold | undefined {
  const words = set.attestations
    .filter(({ verified, attestation }) => verified && isHoldWord(attestation.kind))
    .map(({ attestation }) => attestation)
    .toSorted((a, b) => (a.at < b.at ? 1 : -1));
  const [last] = words;
  if (last?.kind !== 'held') return undefined;
  return { reason: String(last.details['reason'] ?? ''), since: new Date(last.at) };
}

const isHoldWord = (kind: string): boolean => kind === 'held' || kind === 'released';

export interface HoldRequest {
  readonly source: string;
  readonly backupId: BackupId;
  readonly reason: string;
}

/** Throws UsageError `BACKUP_NOT_FOUND`. */
export const holdBackup = (vault: Vault, signer: Signer, request: HoldRequest): Promise<void> =>
  say('held', { vault, signer, request });

/** Throws UsageError `BACKUP_NOT_FOUND`, `BACKUP_NOT_HELD`. */
export async function releaseBackup(
  vault: Vault,
  signer: Signer,
  request: HoldRequest,
): Promise<void> {
  const set = await loadSet(vault, request.source, request.backupId);
  if (isCommitted(set) && !currentHold(set)) {
    throw new UsageError(`${request.source}/${request.backupId} is not held`, {
      code: 'BACKUP_NOT_HELD',
    });
  }
  await say('released', { vault, signer, request });
}

async function say(
  kind: 'held' | 'released',
  {
    vault,
    signer,
    request: { source, backupId, reason },
  }: { readonly vault: Vault; readonly signer: Signer; readonly request: HoldRequest },
): Promise<void> {
  const set = await loadSet(vault, source, backupId);
  if (!isCommitted(set)) {
    throw new UsageError(`There is no ${source}/${backupId} to be ${kind}: it is ${set.state}`, {
      code: 'BACKUP_NOT_FOUND',
      hint: `See \`holdfast list ${source}\`.`,
    });
  }
  const { manifestSha256 } = set;
  const details = { reason };
  await attest(vault, signer, {
    kind,
    source,
    backup: backupId,
    manifestSha256,
    passed: true,
    details,
  });
}
