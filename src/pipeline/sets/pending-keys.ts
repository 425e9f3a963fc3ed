/** Key files for recipients that could not be reached when their set was made. */
import type { SetAddress, Vault } from '../vault/index.ts';
import { addSetKeys, listSets } from '../vault/index.ts';

const looksBack = 20;

/** Recipients that some of the newest sets still lack. What cannot be added now is tried at the next backup. */
export async function addPendingKeys(vault: Vault, source: string): Promise<string[]> {
  const newest: SetAddress[] = [];
  for await (const id of listSets(vault, source)) {
    newest.push({ source, id });
    if (newest.length > looksBack) newest.shift();
  }
  const pending = new Set<string>();
  for (const set of newest) {
    for (const recipient of (await addSetKeys(vault, set)).pending) pending.add(recipient);
  }
  return [...pending];
}
