/** Other keys for old sets: a small file beside each; the data is never rewritten. */
import { HoldfastError, WrongKeyError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import type { Recipient } from '../../core/ports/keyring.ts';
import { addKeyCheck, newestKeyCheck } from './key-check.ts';
import { openKeyFile } from './key-file.ts';
import { keyFileNumbers, openSetKey, readKeyFile, wrapSetKey } from './set-keys.ts';
import { listSets, listSources, loadSet } from './sets.ts';
import type { SetAddress, Vault } from './vault.ts';

export interface SetKeysReport extends SetAddress {
  /** Recipients for which a file was added. */
  readonly added: readonly string[];
  /** Recipients that could not be reached: still to be added. */
  readonly pending: readonly string[];
  readonly error?: HoldfastError;
}

/** Recipients of the vault that no key file of this set serves yet. */
export async function pendingRecipients(vault: Vault, set: SetAddress): Promise<Recipient[]> {
  const served = await servedRecipients(vault, set);
  return vault.recipients.filter(({ id }) => !served.has(id));
}

/** Ids of all recipients that some key file of the set serves. */
export async function servedRecipients(vault: Vault, set: SetAddress): Promise<Set<string>> {
  const served = new Set<string>();
  for (const number of await keyFileNumbers(vault, set)) {
    const file = await readKeyFile(vault, set, number);
    for (const { recipient } of file.wrapped) served.add(recipient);
  }
  return served;
}

/** Adds a file for the recipients that a set lacks; nothing when it lacks none. */
export async function addSetKeys(vault: Vault, set: SetAddress): Promise<SetKeysReport> {
  try {
    const missing = await pendingRecipients(vault, set);
    if (missing.length === 0) return { ...set, added: [], pending: [] };
    const setKey = await openSetKey(vault, set.source, set.id);
    const { pending } = await wrapSetKey(vault, set, setKey, missing);
    const added = missing.map(({ id }) => id).filter((id) => !pending.includes(id));
    return { ...set, added, pending };
  } catch (error) {
    if (error instanceof HoldfastError) return { ...set, added: [], pending: [], error };
    throw error;
  }
}

/** A new key check for the vault's recipients, then `addSetKeys` for every committed set. */
export async function* rotateKeys(vault: Vault, signal: AbortSignal): AsyncIterable<SetKeysReport> {
  await addKeyCheck(vault);
  for await (const source of listSources(vault)) {
    for await (const id of listSets(vault, source)) {
      signal.throwIfAborted();
      const { state } = await loadSet(vault, source, id);
      if (state === 'committed') yield await addSetKeys(vault, { source, id });
    }
  }
}

export interface KeyTest extends SetAddress {
  readonly opens: boolean;
}

/**
 * Whether one recipient alone (an escrow key with its private half) opens the vault's key check and each
 * committed set. Rejects with WrongKeyError `WRONG_KEY` when not even the check.
 */
export async function* testKey(
  vault: Vault,
  recipient: Recipient,
  signal: AbortSignal,
): AsyncIterable<KeyTest> {
  const check = await newestKeyCheck(vault);
  if (check && !(await openKeyFile(layout.keyCheck(check.number), check, [recipient]))) {
    throw new WrongKeyError(`${recipient.id} does not open the vault's key check`, {
      code: 'WRONG_KEY',
      hint: 'Add it to vault.encryption.recipients and run `holdfast keys rotate`.',
    });
  }
  const alone = { ...vault, recipients: [recipient] };
  for await (const source of listSources(vault)) {
    for await (const id of listSets(vault, source)) {
      signal.throwIfAborted();
      const { state } = await loadSet(vault, source, id);
      if (state === 'committed') yield { source, id, opens: await opens(alone, { source, id }) };
    }
  }
}

async function opens(vault: Vault, set: SetAddress): Promise<boolean> {
  try {
    await openSetKey(vault, set.source, set.id);
    return true;
  } catch (error) {
    if (error instanceof HoldfastError && error.exitCode === 13) return false;
    throw error;
  }
}
