/** The key of a set, in one or more files beside it: rotation adds a file and never touches the data. */
import { IntegrityError, KeyUnreachableError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import type { Recipient } from '../../core/ports/keyring.ts';
import { encodeDocument, hasCode, readDocument, unreadable } from './documents.ts';
import {
  checkKeyFileDigest,
  type KeyFile,
  keyFileSchema,
  openKeyFile,
  sealKeyFile,
} from './key-file.ts';
import { hasValidTag, readManifest } from './manifests.ts';
import { numberedKeys } from './numbered-keys.ts';
import { lockOptions, type SetAddress, setLockUntil, type Vault } from './vault.ts';

/**
 * Writes the next key file of a set, for all recipients or the given ones. `pending` names those that
 * could not be reached; rejects with KeyUnreachableError when none could.
 */
export async function wrapSetKey(
  vault: Vault,
  set: SetAddress,
  setKey: Uint8Array,
  recipients: readonly Recipient[] = vault.recipients,
): Promise<{ pending: string[] }> {
  const number = ((await keyFileNumbers(vault, set)).at(-1) ?? 0) + 1;
  const head = {
    format: 1,
    purpose: 'set-key',
    vault: vault.id,
    source: set.source,
    backup: set.id,
    number,
    createdAt: vault.now().toISOString(),
  } as const;
  const { file, pending } = await sealKeyFile(head, setKey, recipients);
  const lock = lockOptions(setLockUntil(vault, set.id));
  const key = layout.key(set.source, set.id, number);
  try {
    await vault.store.put(key, encodeDocument(file), { ifAbsent: true, ...lock });
  } catch (error) {
    if (!hasCode(error, 'OBJECT_EXISTS')) throw error;
    return wrapSetKey(vault, set, setKey, recipients);
  }
  return { pending };
}

export const keyFileNumbers = (vault: Vault, set: SetAddress): Promise<number[]> =>
  numberedKeys(vault.store, layout.keys(set.source, set.id));

/** A key file whose bytes, place and digest are right; IntegrityError otherwise. No key is needed. */
export async function readKeyFile(vault: Vault, set: SetAddress, number: number): Promise<KeyFile> {
  const path = layout.key(set.source, set.id, number);
  const { value } = await readDocument(vault.store, path, keyFileSchema);
  checkKeyFileDigest(path, value);
  const inPlace =
    value.purpose === 'set-key' &&
    value.vault === vault.id &&
    value.source === set.source &&
    value.backup === set.id &&
    value.number === number;
  if (!inPlace) throw unreadable(path, 'it belongs elsewhere');
  return value;
}

/**
 * Tries every file and every recipient. Of a committed set, only a key that made the manifest's tag is
 * taken. Rejects with IntegrityError `SET_KEY_UNREADABLE`, or KeyUnreachableError.
 */
export async function openSetKey(
  vault: Vault,
  source: string,
  id: SetAddress['id'],
): Promise<Uint8Array> {
  const set = { source, id };
  const numbers = await keyFileNumbers(vault, set);
  const problems: string[] = numbers.length === 0 ? ['there is no key file'] : [];
  let unreachable: KeyUnreachableError | undefined;
  for (const number of numbers) {
    const opened = await openNumbered(vault, set, number);
    if (opened instanceof Uint8Array) return opened;
    if (opened instanceof KeyUnreachableError) unreachable = opened;
    else problems.push(opened);
  }
  if (unreachable) throw unreachable;
  throw new IntegrityError(`The key of ${source}/${id} did not open: ${problems.join('; ')}`, {
    code: 'SET_KEY_UNREADABLE',
    hint: 'Add the key that the backup was made with to vault.encryption.recipients.',
  });
}

async function openNumbered(
  vault: Vault,
  set: SetAddress,
  number: number,
): Promise<Uint8Array | KeyUnreachableError | string> {
  const path = layout.key(set.source, set.id, number);
  try {
    const file = await readKeyFile(vault, set, number);
    const key = await openKeyFile(path, file, vault.recipients);
    if (!key) return `${path} is for ${file.wrapped.map(({ recipient }) => recipient).join(', ')}`;
    return (await belongsToSet(vault, set, key)) ? key : `${path} holds another set's key`;
  } catch (error) {
    if (error instanceof KeyUnreachableError) return error;
    if (error instanceof IntegrityError) return error.message;
    throw error;
  }
}

/** Recipients are public, so anyone may write a key file: the manifest's tag tells which key is the set's. */
async function belongsToSet(vault: Vault, set: SetAddress, key: Uint8Array): Promise<boolean> {
  const path = layout.manifest(set.source, set.id);
  if (!(await vault.store.head(path))) return true;
  const { manifest } = await readManifest(vault, set.source, set.id);
  return hasValidTag(manifest, key);
}
