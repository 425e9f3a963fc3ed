/**
 * `vault-keys/<n>.json`: a random value wrapped for the recipients of the day. Where the newest one does
 * not open, the configured keys are wrong, and nothing else is said about the vault.
 */
import { WrongKeyError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import { createSetKey } from '../keys/key-derivation.ts';
import { encodeDocument, hasCode, readDocument } from './documents.ts';
import {
  checkKeyFileDigest,
  type KeyFile,
  keyFileSchema,
  openKeyFile,
  sealKeyFile,
} from './key-file.ts';
import { numberedKeys } from './numbered-keys.ts';
import type { Vault } from './vault.ts';

/** `undefined` in a vault whose creation was interrupted. */
export async function newestKeyCheck(vault: Vault): Promise<KeyFile | undefined> {
  const number = (await numberedKeys(vault.store, layout.keyChecks)).at(-1);
  return number === undefined ? undefined : readKeyCheck(vault, number);
}

async function readKeyCheck(vault: Vault, number: number): Promise<KeyFile> {
  const path = layout.keyCheck(number);
  const { value } = await readDocument(vault.store, path, keyFileSchema);
  checkKeyFileDigest(path, value);
  return value;
}

/** Rejects with WrongKeyError `WRONG_KEY` when none of the vault's recipients opens the newest check. */
export async function openKeyCheck(vault: Vault): Promise<void> {
  const file = await newestKeyCheck(vault);
  if (!file) return;
  if (await openKeyFile(layout.keyCheck(file.number), file, vault.recipients)) return;
  // A host that holds public keys alone can only write: it is right when it writes for a known one.
  const known = new Set(file.wrapped.map(({ recipient }) => recipient));
  const writesOnly = !vault.recipients.some(({ canUnwrap }) => canUnwrap);
  if (writesOnly && vault.recipients.some(({ id }) => known.has(id))) return;
  if (await opensEarlierCheck(vault, file.number)) return;
  throw new WrongKeyError(`None of the configured keys opens the vault at ${vault.store.url}`, {
    code: 'WRONG_KEY',
    hint: `The vault's keys are ${[...known].join(', ')}: configure one of them under vault.encryption.`,
  });
}

/** A private escrow key comes by hand and may be one of the past: it still opens the sets of its time. */
async function opensEarlierCheck(vault: Vault, newest: number): Promise<boolean> {
  const escrow = vault.recipients.filter(({ kind, canUnwrap }) => kind === 'rsa' && canUnwrap);
  if (escrow.length === 0) return false;
  for (const number of await numberedKeys(vault.store, layout.keyChecks)) {
    if (number === newest) continue;
    const file = await readKeyCheck(vault, number);
    if (await openKeyFile(layout.keyCheck(number), file, escrow)) return true;
  }
  return false;
}

/** Opens the newest check, and adds another when the recipients are not those it was made for. */
export async function refreshKeyCheck(vault: Vault): Promise<void> {
  await openKeyCheck(vault);
  const file = await newestKeyCheck(vault);
  const known = new Set(file?.wrapped.map(({ recipient }) => recipient));
  const sameSize = known.size === vault.recipients.length;
  if (sameSize && vault.recipients.every(({ id }) => known.has(id))) return;
  await addKeyCheck(vault);
}

export async function addKeyCheck(vault: Vault): Promise<{ pending: string[] }> {
  const number = ((await numberedKeys(vault.store, layout.keyChecks)).at(-1) ?? 0) + 1;
  const head = {
    format: 1,
    purpose: 'key-check',
    vault: vault.id,
    number,
    createdAt: vault.now().toISOString(),
  } as const;
  const { file, pending } = await sealKeyFile(head, createSetKey(), vault.recipients);
  try {
    await vault.store.put(layout.keyCheck(number), encodeDocument(file), { ifAbsent: true });
  } catch (error) {
    // Another process added the same number: both were made for the recipients of the day.
    if (!hasCode(error, 'OBJECT_EXISTS')) throw error;
  }
  return { pending };
}
