/** Sets of a source that never ran, weeks old and without locks: what retention has something to say about. */
import { vi } from 'vitest';
import type { BackupId } from '../../../src/core/backup-id.ts';
import { holdBackup } from '../../../src/pipeline/hold.ts';
import { openVaultWithoutKeys } from '../../../src/pipeline/vault/index.ts';
import { openStore } from '../../../src/storage/index.ts';
import {
  type CommittedSet,
  clockAt,
  commitSet,
  newAesRecipient,
  signer,
} from '../../pipeline/vault/sample-set.ts';
import type { Cloud } from '../lab.ts';

interface Ledger {
  readonly held: BackupId;
  readonly unproven: BackupId;
  /** What one of `kept` builds on. */
  readonly base: BackupId;
  readonly gone: readonly BackupId[];
  readonly kept: readonly BackupId[];
}

/** A day apart, oldest first, for `keep: { last: 3 }` and a floor of three; into the primary, as root. */
export async function seedLedger(cloud: Cloud): Promise<Ledger> {
  const { endpoint, region, client } = cloud;
  vi.stubEnv('AWS_ACCESS_KEY_ID', client.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', client.credentials.secretAccessKey);
  const place = { url: 's3://acme-vault', region, endpoint, pathStyle: true };
  const store = await openStore(place, { baseDir: '/' });
  const { now, advance } = clockAt('2026-10-01T02:00:00Z');
  const vault = {
    ...(await openVaultWithoutKeys({ store, now })),
    recipients: [newAesRecipient()],
  };
  const made: CommittedSet[] = [];
  for (let n = 0; n < 8; n += 1) {
    const parent = n === 6 ? made[2]?.id : undefined;
    const options = { source: 'ledger', policy: 'often', checked: n !== 1 };
    made.push(await commitSet(vault, { ...options, ...(parent && { parent }) }));
    advance(24 * 3600);
  }
  const [held, unproven, base, ...rest] = made.map(({ id }) => id) as [
    BackupId,
    BackupId,
    BackupId,
    ...BackupId[],
  ];
  await holdBackup(vault, signer, { source: 'ledger', backupId: held, reason: 'audit' });
  await store.close();
  return { held, unproven, base, gone: rest.slice(0, 2), kept: rest.slice(2) };
}
