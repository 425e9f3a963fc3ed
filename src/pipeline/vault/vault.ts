/** A vault: where sets lie, who can open them, and what time it is. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type BackupId, backupTime } from '../../core/backup-id.ts';
import { IntegrityError, UsageError, VaultMissingError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import { formatVersion } from '../../core/manifest.ts';
import type { Recipient } from '../../core/ports/keyring.ts';
import type { ObjectStore } from '../../core/ports/store.ts';
import { encodeDocument, findDocument } from './documents.ts';
import { addKeyCheck, newestKeyCheck, openKeyCheck, refreshKeyCheck } from './key-check.ts';

export interface VaultOptions {
  readonly store: ObjectStore;
  /** Any one of them opens the backups. */
  readonly recipients: readonly Recipient[];
  /** Where leases lie when not in the vault: a bucket without lock. */
  readonly leaseStore?: ObjectStore;
  /** Object Lock of new sets, counted from a set's own time. */
  readonly lockDays?: number;
  readonly now: () => Date;
}

export interface Vault {
  readonly id: string;
  readonly store: ObjectStore;
  readonly recipients: readonly Recipient[];
  readonly leaseStore: ObjectStore;
  readonly lockDays?: number;
  readonly now: () => Date;
}

/** A set's address. */
export interface SetAddress {
  readonly source: string;
  readonly id: BackupId;
}

const vaultDocumentSchema = z.strictObject({
  format: z.literal(formatVersion),
  id: z.uuid(),
  createdAt: z.iso.datetime(),
});

/**
 * Opens the vault. Rejects with VaultMissingError `VAULT_MISSING`, WrongKeyError `WRONG_KEY` where the
 * newest key check does not open, IntegrityError where `vault.json` or the check is damaged.
 */
export async function openVault(options: VaultOptions): Promise<Vault> {
  const vault = await findVault(options);
  if (!vault) throw vaultMissing(options.store.url);
  await openKeyCheck(vault);
  return vault;
}

/**
 * As `openVault`; creates an absent or empty vault, and notes new recipients in a new key check. Only a
 * backup does so: other verbs on a mistyped location must not leave a vault behind.
 */
export async function createOrOpenVault(options: VaultOptions): Promise<Vault> {
  const found = await findVault(options);
  const vault = found ?? (await createVault(options));
  if (await newestKeyCheck(vault)) await refreshKeyCheck(vault);
  else await addKeyCheck(vault);
  return vault;
}

/** Opened without any key, for work on stored bytes alone: the checked level, retention, copies. */
export async function openVaultWithoutKeys(
  options: Omit<VaultOptions, 'recipients'>,
): Promise<Vault> {
  const vault = await findVault({ ...options, recipients: [] });
  if (!vault) throw vaultMissing(options.store.url);
  return vault;
}

/** Until when objects of a set are locked; `undefined` without lock or when that has passed. */
export function setLockUntil(vault: Vault, id: BackupId): Date | undefined {
  if (vault.lockDays === undefined) return undefined;
  const until = new Date(backupTime(id).getTime() + vault.lockDays * 86_400_000);
  return until > vault.now() ? until : undefined;
}

/** `{ lockUntil }` as store options, or nothing. */
export function lockOptions(until: Date | undefined): { lockUntil?: Date } {
  return until === undefined ? {} : { lockUntil: until };
}

async function findVault(options: VaultOptions): Promise<Vault | undefined> {
  const { store } = options;
  const document = await findDocument(store, layout.vault, vaultDocumentSchema);
  if (document) return vaultOf(document.value.id, options);
  if (await holdsSets(store)) {
    throw new IntegrityError(`${layout.vault} is missing in ${store.url}, but sets are there`, {
      code: 'VAULT_DOCUMENT_MISSING',
      hint: 'Copy vault.json back from a copy of the vault; it holds no secret.',
    });
  }
  return undefined;
}

async function createVault(options: VaultOptions): Promise<Vault> {
  await refuseForeign(options.store);
  const id = randomUUID();
  const body = { format: formatVersion, id, createdAt: options.now().toISOString() };
  try {
    await options.store.put(layout.vault, encodeDocument(body), { ifAbsent: true });
    return vaultOf(id, options);
  } catch (error) {
    // Another first backup was faster: its vault is ours too.
    const other = await findVault(options);
    if (other) return other;
    throw error;
  }
}

/** What Holdfast may have written before a vault was there, or another first backup just now. */
const own = [
  layout.vault,
  ...['vault-keys', 'config', 'leases', 'reports', 'results', 'runs', 'signers', 'state'].map(
    (name) => `${name}/`,
  ),
];

/** Retention deletes in a vault: nobody else's things may lie in it. */
async function refuseForeign(store: ObjectStore): Promise<void> {
  for await (const { key } of store.list('')) {
    if (own.some((prefix) => key.startsWith(prefix))) continue;
    throw new UsageError(`${store.url} is neither empty nor a vault: it holds ${key}`, {
      code: 'VAULT_NOT_EMPTY',
      hint: 'Let `vault.primary.url` (or that of the copy) name an absent or empty place of its own.',
    });
  }
}

async function holdsSets(store: ObjectStore): Promise<boolean> {
  for (const prefix of [layout.keyChecks, layout.sets, layout.data]) {
    for await (const _ of store.list(prefix)) return true;
  }
  return false;
}

function vaultOf(id: string, { store, leaseStore = store, ...rest }: VaultOptions): Vault {
  return { ...rest, id, store, leaseStore };
}

function vaultMissing(url: string): VaultMissingError {
  return new VaultMissingError(`There is no vault at ${url}`, {
    code: 'VAULT_MISSING',
    hint: 'Check `vault.primary.url`; the first `holdfast backup` creates the vault.',
  });
}
