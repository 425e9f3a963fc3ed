import { expect, test } from 'vitest';
import { alertKey } from '../../src/core/alerts/index.ts';
import { protectionChanges } from '../../src/pipeline/protection.ts';
import type { Vault } from '../../src/pipeline/vault/index.ts';
import { openMemoryStore } from '../../src/storage/memory/index.ts';
import { openWorkshop } from './workshop.ts';

async function lockedSet(lockDays: number) {
  const store = openMemoryStore();
  const shop = await openWorkshop({ store });
  const locked: Vault = { ...shop.vault, lockDays };
  const { backupId } = await shop.dump({}, { vault: locked });
  return { shop, vault: locked, newest: [{ source: 'shop', id: backupId }] };
}

async function raisedBy(options: Parameters<typeof protectionChanges>[0]): Promise<string[]> {
  const changes = await protectionChanges(options);
  return changes.flatMap((change) =>
    change.kind === 'raised' ? [`${alertKey(change.problem)}: ${change.problem.detail}`] : [],
  );
}

test('a set that is locked as configured is protected', async () => {
  const { vault, newest } = await lockedSet(7);
  expect(await raisedBy({ vault, newest, keys: [] })).toEqual([]);
});

test('a set whose lock is gone, or shorter, is not', async () => {
  const { shop, newest } = await lockedSet(7);
  const longer: Vault = { ...shop.vault, lockDays: 30 };
  expect(await raisedBy({ vault: longer, newest, keys: [] })).toEqual([
    expect.stringMatching(/^vault\.unlocked\.vault:primary: .*shop\//),
  ]);
  const { store } = shop.vault;
  const head: typeof store.head = async (key) => {
    const { lockedUntil: _, ...info } = (await store.head(key)) ?? {
      key,
      sizeBytes: 0,
      modifiedAt: new Date(),
    };
    return info;
  };
  const unlocked: Vault = { ...shop.vault, lockDays: 7, store: { ...store, head } };
  expect(await raisedBy({ vault: unlocked, newest, keys: [] })).toHaveLength(1);
});

test('a lock that has run out, or was never asked for, is no fault', async () => {
  const { shop, vault, newest } = await lockedSet(7);
  shop.pass(8);
  expect(await raisedBy({ vault, newest, keys: [] })).toEqual([]);
  expect(await raisedBy({ vault: shop.vault, newest, keys: [] })).toEqual([]);
});

test.for(['PendingDeletion', 'Disabled', 'Unavailable'])(
  'a key that is %s is in danger',
  async (state) => {
    const { vault, newest } = await lockedSet(7);
    const keys = [
      { arn: 'arn:aws:kms:us-east-1:1:key/a', state: 'Enabled' },
      { arn: 'arn:aws:kms:us-east-1:1:key/b', state },
    ];
    expect(await raisedBy({ vault, newest, keys })).toEqual([
      `key.endangered.vault:primary: arn:aws:kms:us-east-1:1:key/b is ${state}.`,
    ]);
  },
);
