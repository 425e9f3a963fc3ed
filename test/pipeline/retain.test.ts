import { expect, test } from 'vitest';
import type { BackupId } from '../../src/core/backup-id.ts';
import { mintBackupId } from '../../src/core/backup-id.ts';
import { layout } from '../../src/core/layout.ts';
import { copySource } from '../../src/pipeline/copy.ts';
import { holdBackup, releaseBackup } from '../../src/pipeline/hold.ts';
import { retainSource, retainStep } from '../../src/pipeline/retain.ts';
import { planSourceRetention } from '../../src/pipeline/sets/retention-plan.ts';
import {
  acquireLease,
  createOrOpenVault,
  createSetKey,
  listSets,
  sourceLease,
  wrapSetKey,
} from '../../src/pipeline/vault/index.ts';
import { checkBackup } from '../../src/pipeline/verify.ts';
import { openMemoryStore } from '../../src/storage/memory/index.ts';
import { flip, keysOf, limits, openWorkshop, type Workshop } from './workshop.ts';

const signal = new AbortController().signal;

const options = (workshop: Workshop, floor = 1) => ({
  vault: workshop.vault,
  destinations: [{ name: 'primary', open: () => Promise.resolve(workshop.vault) }],
  rules: { source: workshop.source.source, floor },
  signer: workshop.signer,
  now: workshop.now,
  signal,
  budgetSeconds: 600,
});

async function remaining({ vault }: Workshop): Promise<BackupId[]> {
  const ids: BackupId[] = [];
  for await (const id of listSets(vault, 'shop')) ids.push(id);
  return ids;
}

async function withBackups(count: number, source = {}) {
  const workshop = await openWorkshop({ source });
  const made: BackupId[] = [];
  for (let n = 0; n < count; n += 1) made.push((await workshop.backUp()).backupId);
  return { workshop, made };
}

test('removes what the policy does not keep, with its objects', async () => {
  const { workshop, made } = await withBackups(4);
  const report = await retainStep({ source: 'shop', execution: 'exec-1' }, options(workshop));
  expect(report.removed.map(({ backup }) => backup)).toEqual(made.slice(0, 2));
  expect(report).toMatchObject({ errors: [], more: false });
  expect(await remaining(workshop)).toEqual(made.slice(2));
  for (const id of made.slice(0, 2)) {
    expect(await keysOf(workshop.store, layout.setData('shop', id))).toEqual([]);
  }
  expect(await keysOf(workshop.store, layout.results)).toContain('results/exec-1/retain.json');
});

test('a dry run says the same and removes nothing', async () => {
  const { workshop, made } = await withBackups(4);
  const rules = { source: workshop.source.source, floor: 1, now: workshop.now() };
  const plan = await planSourceRetention('shop', workshop, rules);
  expect(plan.remove.map(({ id }) => id)).toEqual(made.slice(0, 2));
  expect(plan.keep.every(({ reasons }) => reasons.length > 0)).toBe(true);
  expect(await remaining(workshop)).toEqual(made);
});

test('a held set stays until it is released', async () => {
  const { workshop, made } = await withBackups(3);
  const { vault, signer, clock } = workshop;
  const [oldest] = made as [BackupId];
  const request = { source: 'shop', backupId: oldest, reason: 'audit 2026' };
  await holdBackup(vault, signer, request);
  expect((await retainSource('shop', options(workshop))).removed).toEqual([]);
  clock.time = new Date(clock.time.getTime() + 1000);
  await releaseBackup(vault, signer, request);
  expect((await retainSource('shop', options(workshop))).removed).toHaveLength(1);
});

test('what is not held cannot be released, what is not there cannot be held', async () => {
  const { workshop, made } = await withBackups(1);
  const { vault, signer } = workshop;
  const [backupId] = made as [BackupId];
  const request = { source: 'shop', backupId, reason: '' };
  await expect(releaseBackup(vault, signer, request)).rejects.toMatchObject({
    code: 'BACKUP_NOT_HELD',
  });
  const gone = { ...request, backupId: mintBackupId(workshop.now(), 'daily', '00000000') };
  await expect(holdBackup(vault, signer, gone)).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
});

test('with a drill only restored sets count as verified: the floor keeps the rest', async () => {
  const drill = { timezone: 'UTC', server: 'scratch', assertions: [] };
  const { workshop, made } = await withBackups(4, { drill });
  expect((await retainSource('shop', options(workshop))).removed).toEqual([]);
  expect(await remaining(workshop)).toEqual(made);
});

/** Damages what is stored, and has it found out. */
async function rot({ vault, signer, store }: Workshop, id: BackupId): Promise<void> {
  const [key = ''] = await keysOf(store, layout.setData('shop', id));
  await flip(vault, key);
  await checkBackup({ source: 'shop', id }, { vault, signer, signal });
}

test('what failed its last proof counts for nothing and hides no good one', async () => {
  const { workshop, made } = await withBackups(3);
  const [good, ...rotten] = made;
  for (const id of rotten) await rot(workshop, id);
  expect((await retainSource('shop', options(workshop))).removed).toEqual([]);
  const rules = { source: workshop.source.source, floor: 1, now: workshop.now() };
  const { keep } = await planSourceRetention('shop', workshop, rules);
  expect(keep.find(({ id }) => id === good)?.reasons).toContain('the newest verified set');
  expect(keep.find(({ id }) => id === rotten[0])?.reasons).toEqual([
    'its last proof failed: not counted, and not removed before someone has looked',
  ]);
});

/** A copy of everything, with a retention of its own that keeps one set. */
async function copied(workshop: Workshop) {
  const { vault, signer, source, recipients, now } = workshop;
  const store = openMemoryStore();
  const target = { copy: { name: 'west' }, open: () => Promise.resolve(store) };
  const progress = () => undefined;
  const how = { execution: 'copy', source: source.source, floor: 1, targets: [target], limits };
  await copySource('shop', { vault, signer, signal, progress, ...how });
  const west = await createOrOpenVault({ store, recipients, now });
  return { name: 'west', keep: { last: 1 }, open: () => Promise.resolve(west) };
}

test('a copy keeps what is damaged in the primary, and everything where the primary is away', async () => {
  const { workshop, made } = await withBackups(3, { policies: { daily: { timezone: 'UTC' } } });
  const west = await copied(workshop);
  const given = options(workshop);
  const [primary = west] = given.destinations;
  const away = { ...primary, open: () => Promise.reject(new Error('the primary is away')) };
  const without = await retainSource('shop', { ...given, destinations: [away, west] });
  expect(without).toMatchObject({ removed: [], errors: [{ message: 'the primary is away' }] });
  const [oldest = '' as BackupId, middle = '' as BackupId] = made;
  await rot(workshop, oldest);
  const { removed } = await retainSource('shop', { ...given, destinations: [primary, west] });
  expect(removed).toMatchObject([{ destination: 'west', backup: middle }]);
});

test('leaves everything alone while a dump of the source runs', async () => {
  const { workshop, made } = await withBackups(4);
  const lease = await acquireLease(workshop.vault, sourceLease('shop'), { ttlSeconds: 60, signal });
  expect((await retainSource('shop', options(workshop))).removed).toEqual([]);
  await lease.release();
  expect(await remaining(workshop)).toEqual(made);
});

test('leaves the work to a maintainer that is at it', async () => {
  const { workshop } = await withBackups(4);
  const lease = await acquireLease(workshop.vault, 'maintenance-shop', { ttlSeconds: 60, signal });
  expect(await retainSource('shop', options(workshop))).toEqual({
    removed: [],
    errors: [],
    more: false,
  });
  await lease.release();
  expect((await retainSource('shop', options(workshop))).removed).toHaveLength(2);
});

test('comes again for what is left when its time is up', async () => {
  const { workshop } = await withBackups(4);
  const report = await retainSource('shop', { ...options(workshop), budgetSeconds: -1 });
  expect(report).toMatchObject({ removed: [], more: true });
});

test('sweeps the leftovers of a dead attempt after a day, nothing else', async () => {
  const { workshop, made } = await withBackups(2);
  const { vault, store, clock } = workshop;
  clock.time = new Date();
  const id = mintBackupId(new Date(Date.now() - 3 * 86_400_000), 'daily', 'ffffffff');
  await wrapSetKey(vault, { source: 'shop', id }, createSetKey());
  expect(await keysOf(store, layout.set('shop', id))).toHaveLength(1);
  await retainSource('shop', options(workshop));
  expect(await remaining(workshop)).toContain(id);
  clock.time = new Date(Date.now() + 2 * 86_400_000);
  await retainSource('shop', options(workshop));
  expect(await remaining(workshop)).toEqual(made);
});

test('neither waits for the maintainer of another source nor looks at its sets', async () => {
  const { workshop } = await withBackups(4);
  const { vault, clock, store } = workshop;
  const other = await acquireLease(vault, 'maintenance-other', { ttlSeconds: 60, signal });
  const id = mintBackupId(new Date(clock.time.getTime() - 3 * 86_400_000), 'daily', 'ffffffff');
  await wrapSetKey(vault, { source: 'other', id }, createSetKey());
  clock.time = new Date(Date.now() + 2 * 86_400_000);
  const asked: string[] = [];
  const get: typeof store.get = (key, given) => {
    asked.push(key);
    return store.get(key, given);
  };
  const watched = { ...workshop, vault: { ...vault, store: { ...store, get } } };
  expect((await retainSource('shop', options(watched))).removed).toHaveLength(2);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((key) => key.includes('/other/'))).toEqual([]);
  expect(await keysOf(store, layout.set('other', id))).toHaveLength(1);
  await retainSource('shop', { ...options(workshop), sweepAll: true });
  expect(await keysOf(store, layout.set('other', id))).toEqual([]);
  await other.release();
});

test('a destination that is away is an error of its own', async () => {
  const { workshop } = await withBackups(4);
  const away = { name: 'west', open: () => Promise.reject(new Error('west is away')) };
  const given = options(workshop);
  const report = await retainSource('shop', {
    ...given,
    destinations: [away, ...given.destinations],
  });
  expect(report.errors).toMatchObject([{ message: 'west is away' }]);
  expect(report.removed).toHaveLength(2);
});

test('forgets notes of runs that are long over, and keeps those of the last months', async () => {
  const { workshop } = await withBackups(1);
  const { store, clock } = workshop;
  const notes = ['results/old/dump.json', 'runs/shop/daily/2026-01-01T00:00:00Z'];
  for (const key of notes) await store.put(key, Buffer.from('{}'), { ifAbsent: true });
  clock.time = new Date(Date.now() + 30 * 86_400_000);
  await retainSource('shop', options(workshop));
  const kept = [layout.resultsForgotten, ...notes].toSorted();
  expect([
    ...(await keysOf(store, layout.results)),
    ...(await keysOf(store, layout.allRuns)),
  ]).toEqual(kept);
  clock.time = new Date(Date.now() + 100 * 86_400_000);
  await retainSource('shop', options(workshop));
  expect(await keysOf(store, layout.results)).toEqual([layout.resultsForgotten]);
  expect(await keysOf(store, layout.allRuns)).toEqual([]);
});
