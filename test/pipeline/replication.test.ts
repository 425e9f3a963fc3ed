import { expect, test } from 'vitest';
import { alertKey } from '../../src/core/alerts/index.ts';
import type { BackupId } from '../../src/core/backup-id.ts';
import { StoreError } from '../../src/core/errors.ts';
import type { ObjectStore } from '../../src/core/ports/store.ts';
import { replicationChanges } from '../../src/pipeline/replication.ts';
import { openMemoryStore } from '../../src/storage/memory/index.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

async function replicate(from: ObjectStore, to: ObjectStore, without = ' '): Promise<void> {
  for await (const { key } of from.list('')) {
    if (key.includes(without) || (await to.head(key))) continue;
    await to.put(key, await from.get(key), { ifAbsent: true });
  }
}

function look(
  { vault }: Workshop,
  { open, newest, sources = 1 }: Looked,
): Promise<readonly string[]> {
  const standing = { source: 'shop', impact: 'RPO 1h', newest };
  const others = Array.from({ length: sources - 1 }, (_, n) => ({
    ...standing,
    source: `s${n}`,
    newest: undefined,
  }));
  const copies = [{ name: 'west', open }];
  return replicationChanges({ vault, sources: [standing, ...others], copies }).then((changes) =>
    changes.map((change) =>
      change.kind === 'raised'
        ? `${alertKey(change.problem)}: ${change.problem.detail}`
        : `over: ${alertKey(change)}`,
    ),
  );
}

interface Looked {
  readonly open: () => Promise<ObjectStore>;
  readonly newest: BackupId | undefined;
  readonly sources?: number;
}

function minutes({ clock }: Workshop, count: number): void {
  clock.time = new Date(clock.time.getTime() + count * 60_000);
}

/** Its objects are as old as its clock says. */
async function openTimedShop(): Promise<Workshop> {
  let time = () => new Date('2026-11-02T02:00:00Z');
  const shop = await openWorkshop({ store: openMemoryStore({ now: () => time() }) });
  time = shop.now;
  return shop;
}

const answers = 'over: replication.lag.vault:primary.west';

test('what has not arrived is pending for half an hour, then it is told, then it is over', async () => {
  const shop = await openTimedShop();
  const there = openMemoryStore();
  const { backupId } = await shop.dump();
  const given = { open: async () => there, newest: backupId };
  await replicate(shop.store, there, '/manifest.json');
  minutes(shop, 29);
  expect(await look(shop, given)).toEqual([answers]);
  minutes(shop, 2);
  expect(await look(shop, given)).toEqual([
    `replication.lag.shop.west: ${backupId}: 1 object has not arrived in 30 minutes: sets/shop/${backupId}/manifest.json.`,
    answers,
  ]);
  await replicate(shop.store, there);
  expect(await look(shop, given)).toEqual(['over: replication.lag.shop.west', answers]);
});

test('data that is missing under a manifest that is there is a lag too', async () => {
  const shop = await openTimedShop();
  const there = openMemoryStore();
  const { backupId } = await shop.dump();
  await replicate(shop.store, there, 'data/');
  minutes(shop, 31);
  const [first] = await look(shop, { open: async () => there, newest: backupId });
  expect(first).toMatch(/have not arrived in 30 minutes: data\/shop/);
});

test('while the newest set is young, the one before has to be there', async () => {
  const shop = await openTimedShop();
  const there = openMemoryStore();
  const { backupId: first } = await shop.dump();
  minutes(shop, 40);
  const { backupId: second } = await shop.dump();
  const given = { open: async () => there, newest: second };
  expect((await look(shop, given))[0]).toContain(`replication.lag.shop.west: ${first}`);
  expect(await look(shop, { ...given, sources: 51 })).toEqual([answers]);
});

test('a copy that does not answer is told once, of the vault', async () => {
  const shop = await openTimedShop();
  const { backupId } = await shop.dump();
  minutes(shop, 31);
  const dark = new StoreError('s3://west did not answer', { code: 'STORE_UNREACHABLE' });
  const open = () => Promise.reject(dark);
  expect(await look(shop, { open, newest: backupId })).toEqual([
    'replication.lag.vault:primary.west: s3://west did not answer.',
  ]);
  const bug = () => Promise.reject(new TypeError('a bug'));
  await expect(look(shop, { open: bug, newest: backupId })).rejects.toThrow('a bug');
});

test('without such a copy nothing is looked at', async () => {
  const { vault } = await openWorkshop();
  expect(await replicationChanges({ vault, sources: [], copies: [] })).toEqual([]);
});
