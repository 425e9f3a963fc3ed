/** Removing a set: said first, signed, and unsaid last, so that an interrupted removal is never damage. */
import { StoreError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import type { Signer } from '../../core/ports/signer.ts';
import { attest } from './attestations.ts';
import { loadSet, removalPlace } from './sets.ts';
import type { SetAddress, Vault } from './vault.ts';

export interface RemoveOptions {
  readonly signer: Signer;
  /** Why, as retention gave it. */
  readonly reason: string;
  /** Called before each page of deletions: the lease. */
  readonly check: () => Promise<void>;
}

const pageSize = 100;

/**
 * Safe to repeat: a removal that was interrupted goes on. Rejects with StoreError `OBJECT_LOCKED` before
 * anything is touched when the set is still locked.
 */
export async function removeSet(
  vault: Vault,
  set: SetAddress,
  { signer, reason, check }: RemoveOptions,
): Promise<void> {
  await check();
  const stored = await loadSet(vault, set.source, set.id);
  await assertUnlocked(vault, set);
  if (stored.state !== 'removed') {
    await attest(vault, signer, {
      kind: 'removed',
      source: set.source,
      backup: set.id,
      manifestSha256: stored.manifestSha256 ?? '0'.repeat(64),
      passed: true,
      details: { reason, ...removalPlace(vault) },
    });
  }
  await deleteSetObjects(vault, set, check);
}

/** What is left of a set whose `removed` statement lies there, or of one that was never committed. */
export async function deleteSetObjects(
  vault: Vault,
  set: SetAddress,
  check: () => Promise<void>,
): Promise<void> {
  const { source, id } = set;
  const remove = async (keys: AsyncIterable<string>): Promise<void> => {
    let deleted = 0;
    for await (const key of keys) {
      if (deleted % pageSize === 0) await check();
      await vault.store.delete(key);
      deleted += 1;
    }
  };
  // First what makes it look whole.
  await vault.store.delete(layout.manifest(source, id));
  await remove(keysUnder(vault, layout.setData(source, id)));
  const isLast = (key: string) =>
    key.startsWith(layout.attestations(source, id)) && /-removed[^/]*$/.test(key);
  await remove(keysUnder(vault, layout.set(source, id), (key) => !isLast(key)));
  await remove(keysUnder(vault, layout.set(source, id)));
}

async function* keysUnder(
  vault: Vault,
  prefix: string,
  matches: (key: string) => boolean = () => true,
): AsyncIterable<string> {
  for await (const { key } of vault.store.list(prefix)) if (matches(key)) yield key;
}

async function assertUnlocked(vault: Vault, { source, id }: SetAddress): Promise<void> {
  for (const prefix of [layout.set(source, id), layout.setData(source, id)]) {
    for await (const { key } of vault.store.list(prefix)) {
      const until = vault.store.locks ? (await vault.store.head(key))?.lockedUntil : undefined;
      if (until && until > vault.now()) throw locked(key, until);
    }
  }
}

function locked(key: string, until: Date): StoreError {
  return new StoreError(`${key} was not removed: it is locked until ${until.toISOString()}`, {
    code: 'OBJECT_LOCKED',
    hint: 'It goes with the first `holdfast prune` after that.',
  });
}

/** Extends the lock of every object of a set, so that a base stays as long as what builds on it. */
export async function extendSetLock(vault: Vault, set: SetAddress, until: Date): Promise<void> {
  if (!vault.store.locks) return;
  for (const prefix of [layout.set(set.source, set.id), layout.setData(set.source, set.id)]) {
    for await (const { key } of vault.store.list(prefix)) {
      if (!/-removed[^/]*$/.test(key)) await vault.store.extendLock(key, until);
    }
  }
}
