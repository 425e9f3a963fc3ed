/** Retention of a copy that S3 makes: over there, by a stack that cannot ask the primary. */
import { expect, test } from 'vitest';
import { layout } from '../../src/core/layout.ts';
import { currentHold } from '../../src/pipeline/hold.ts';
import { retainSource } from '../../src/pipeline/retain.ts';
import { loadSet, removeSet } from '../../src/pipeline/vault/index.ts';
import { day, type Regions, replicate, source, twoRegions } from './two-regions.ts';
import {
  attestChecked,
  type CommittedSet,
  signal,
  signer as signerThere,
} from './vault/sample-set.ts';

const retainThere = ({ west, clock }: Regions, keep = { last: 2 }) =>
  retainSource('orders', {
    destinations: [{ name: 'primary', keep, replicated: true, open: async () => west }],
    rules: { source, floor: 1 },
    signer: signerThere,
    now: clock.now,
    signal,
    budgetSeconds: 600,
  });

const removedOf = async (regions: Regions) =>
  (await retainThere(regions)).removed.map(({ backup }) => backup);
const ids = (sets: readonly CommittedSet[]) => sets.map(({ id }) => id);

test("the copy's own keep decides, and nothing else is asked", async () => {
  const regions = await twoRegions(4);
  expect(await removedOf(regions)).toEqual(ids(regions.made.slice(0, 2)));
  expect(await removedOf(regions)).toEqual([]);
});

test('a removal in the primary, whose statement is replicated, removes nothing here', async () => {
  const regions = await twoRegions(3);
  const [, kept] = regions.made as [CommittedSet, CommittedSet];
  const { east, west } = regions;
  const removal = { signer: signerThere, reason: 'test', check: async () => {} };
  // As it is replicated: before it is deleted last.
  const store = { ...east.store, delete: async () => {} };
  await removeSet({ ...east, store }, kept, removal);
  await replicate(east.store, west.store);
  expect((await loadSet(east, 'orders', kept.id)).state).toBe('removed');
  expect((await loadSet(west, 'orders', kept.id)).state).toBe('committed');
  expect(await removedOf(regions)).not.toContain(kept.id);
});

test('of what the copy removed first, a late statement is a leftover, not damage', async () => {
  const regions = await twoRegions(4);
  const { east, west } = regions;
  const [gone] = await removedOf(regions);
  const removed = regions.made.find(({ id }) => id === gone) as CommittedSet;
  const removal = { signer: signerThere, reason: 'test', check: async () => {} };
  const key = layout.attestations('orders', removed.id);
  await removeSet({ ...east, store: { ...east.store, delete: async () => {} } }, removed, removal);
  for await (const { key: late } of east.store.list(key)) {
    if (late.includes('-removed'))
      await west.store.put(late, await east.store.get(late), { ifAbsent: true });
  }
  expect((await loadSet(west, 'orders', removed.id)).state).toBe('removed');
  await retainThere(regions);
  for await (const left of west.store.list(key)) expect(left).toBeUndefined();
  expect((await loadSet(west, 'orders', removed.id)).state).toBe('uncommitted');
});

test('what no proof has passed of stays, whatever the policy says', async () => {
  const regions = await twoRegions(4);
  const { west, made } = regions;
  const [oldest] = made as [CommittedSet];
  for await (const { key } of west.store.list(layout.attestations('orders', oldest.id))) {
    await west.store.delete(key);
  }
  expect(await removedOf(regions)).toEqual(ids(made.slice(1, 2)));
  await attestChecked(west, oldest);
  expect(await removedOf(regions)).toEqual([oldest.id]);
});

test('half a set is no leftover before replication has had a month to go on', async () => {
  const regions = await twoRegions(3);
  const { west, made, clock } = regions;
  const [half] = made as [CommittedSet];
  for await (const { key } of west.store.list(layout.set('orders', half.id))) {
    await west.store.delete(key);
  }
  const held = async () => {
    for await (const { key } of west.store.list(layout.setData('orders', half.id))) return key;
    return undefined;
  };
  await retainThere(regions);
  clock.advance(20 * day);
  await retainThere(regions);
  expect(await held()).toBeDefined();
  clock.advance(20 * day);
  await retainThere(regions);
  expect(await held()).toBeUndefined();
});

test('the stack of the primary holds there what it has damaged here, once, and removes nothing', async () => {
  const regions = await twoRegions(4);
  const { east, west, made, clock } = regions;
  const [bad] = made as [CommittedSet];
  await east.store.delete(layout.manifest('orders', bad.id));
  const retainHere = () =>
    retainSource('orders', {
      destinations: [{ name: 'primary', open: async () => east }],
      elsewhere: [{ name: 'west', open: async () => west }],
      rules: { source, floor: 1 },
      signer: signerThere,
      now: clock.now,
      signal,
      budgetSeconds: 600,
    });
  expect(await retainHere()).toEqual({ removed: [], errors: [], more: false });
  const held = await loadSet(west, 'orders', bad.id);
  expect(currentHold(held)?.reason).toMatch(/^the primary has it damaged/);
  await retainHere();
  expect((await loadSet(west, 'orders', bad.id)).attestations).toHaveLength(
    held.attestations.length,
  );
  expect(await removedOf(regions)).toEqual(ids(made.slice(1, 2)));
});

test('a Region that is away is an error of the copy alone', async () => {
  const { east, made, clock } = await twoRegions(2);
  const [bad] = made as [CommittedSet];
  await east.store.delete(layout.manifest('orders', bad.id));
  const report = await retainSource('orders', {
    destinations: [{ name: 'primary', open: async () => east }],
    elsewhere: [{ name: 'west', open: () => Promise.reject(new Error('west is away')) }],
    rules: { source, floor: 1 },
    signer: signerThere,
    now: clock.now,
    signal,
    budgetSeconds: 600,
  });
  expect(report.errors).toMatchObject([{ message: 'west is away' }]);
});
