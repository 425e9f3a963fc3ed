import { beforeEach, expect, test } from 'vitest';
import { layout } from '../../../src/core/layout.ts';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import { loadSets } from '../../../src/pipeline/sets/stored-sets.ts';
import { loadSet, type StoredSet, withOneListing } from '../../../src/pipeline/vault/index.ts';
import {
  attestChecked,
  type CommittedSet,
  commitSet,
  createWorkplace,
  keysOf,
  type Workplace,
} from './sample-set.ts';

let place: Workplace;
let sets: CommittedSet[];

beforeEach(async () => {
  place = await createWorkplace();
  sets = [];
  for (let n = 0; n < 5; n++) {
    place.clock.advance(60);
    const set = await commitSet(place.vault);
    await attestChecked(place.vault, set);
    sets.push(set);
  }
});

function watched(store: ObjectStore): { store: ObjectStore; lists: string[]; gets: string[] } {
  const lists: string[] = [];
  const gets: string[] = [];
  const view: ObjectStore = {
    ...store,
    list: (prefix, options) => {
      lists.push(prefix);
      return store.list(prefix, options);
    },
    listFolders: (prefix, signal) => {
      lists.push(prefix);
      return store.listFolders(prefix, signal);
    },
    get: (key, options) => {
      gets.push(key);
      return store.get(key, options);
    },
  };
  return { store: view, lists, gets };
}

const facts = ({ id, state, keyFiles, attestations, manifestSha256 }: StoredSet) => ({
  ...{ id, state, keyFiles, manifestSha256 },
  attestations: attestations.map(({ key, verified }) => ({ key, verified })),
});

test('one listing tells of all sets what a listing for each tells', async () => {
  const { store, lists, gets } = watched(place.store);
  const [first] = sets;
  const source = first?.source ?? '';
  const loaded = await loadSets({ ...place.vault, store }, source);
  expect(lists).toEqual([layout.sourceSets(source)]);
  expect(gets.filter((key) => key.startsWith(layout.signers))).toHaveLength(1);
  const each = await Promise.all(sets.map(({ id }) => loadSet(place.vault, source, id)));
  expect(loaded.map(facts)).toEqual(each.map(facts));
  expect(loaded.every(({ attestations }) => attestations.length === 1)).toBe(true);
});

test('a prefix narrows it, `after` leaves out, and other places are listed as they are', async () => {
  const [first, second] = sets;
  if (!first || !second) throw new Error('no sets');
  const { store } = await withOneListing(place.vault, first.source);
  const prefix = layout.attestations(first.source, first.id);
  expect(await keysOf(store, prefix)).toEqual(await keysOf(place.store, prefix));
  const later: string[] = [];
  const after = `${layout.set(first.source, first.id)}~`;
  for await (const { key } of store.list(layout.sourceSets(first.source), { after }))
    later.push(key);
  expect(later.some((key) => key.includes(first.id))).toBe(false);
  expect(later.some((key) => key.includes(second.id))).toBe(true);
  expect(await keysOf(store, layout.data)).toEqual(await keysOf(place.store, layout.data));
});
