import { beforeEach, expect, test } from 'vitest';
import { layout } from '../../../src/core/layout.ts';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import { probeChain } from '../../../src/pipeline/sets/probe-chain.ts';
import { attest } from '../../../src/pipeline/vault/index.ts';
import {
  attestChecked,
  type CommittedSet,
  commitSet,
  createWorkplace,
  signal,
  signer,
  type Workplace,
} from '../vault/sample-set.ts';

const links = 6;
const proofs = 4;

let place: Workplace;
let chain: CommittedSet[];

beforeEach(async () => {
  place = await createWorkplace();
  chain = [];
  for (let n = 0; n < links; n++) {
    place.clock.advance(60);
    const parent = chain.at(-1)?.id;
    const set = await commitSet(place.vault, parent === undefined ? {} : { parent });
    for (let proof = 1; proof < proofs; proof++) {
      place.clock.advance(1);
      await attestChecked(place.vault, set);
    }
    chain.push(set);
  }
});

const link = (n: number): CommittedSet => {
  const set = chain[n];
  if (!set) throw new Error(`no link ${n}`);
  return set;
};

const fail = (set: CommittedSet) =>
  attest(place.vault, signer, {
    kind: 'checked',
    source: set.source,
    backup: set.id,
    manifestSha256: set.manifestSha256,
    passed: false,
    details: { findings: [{ detail: 'cut' }] },
  });

const wholeProbe = (store: ObjectStore) =>
  probeChain(link(links - 1).id, { vault: { ...place.vault, store }, source: 'orders', signal });
const probe = async (store: ObjectStore = place.store) => (await wholeProbe(store)).findings;

test('a whole chain has no findings, and of each link only the newest proof is read', async () => {
  const read: string[] = [];
  let lists = 0;
  const { store } = place;
  const watched: ObjectStore = {
    ...store,
    get: (key, options) => {
      read.push(key);
      return store.get(key, options);
    },
    list: (prefix, options) => {
      lists += 1;
      return store.list(prefix, options);
    },
  };
  expect(await probe(watched)).toEqual([]);
  expect(read.filter((key) => key.includes('/attestations/'))).toHaveLength(links);
  expect(read.filter((key) => key.endsWith('manifest.json'))).toHaveLength(links);
  expect(lists).toBe(1);
});

test('the newest proof decides: one that failed is believed until one passes', async () => {
  const middle = link(2);
  place.clock.advance(60);
  await fail(middle);
  expect(await probe()).toMatchObject([{ problem: 'parent', detail: /its last proof failed/ }]);
  place.clock.advance(60);
  await attestChecked(place.vault, middle);
  expect(await probe()).toEqual([]);
});

test('names the archive tiers in which links lie, each once', async () => {
  const { store } = place;
  const head: ObjectStore['head'] = async (key) => {
    const info = await store.head(key);
    return info && key.includes(link(2).id) ? { ...info, coldTier: 'DEEP_ARCHIVE' } : info;
  };
  expect((await wholeProbe({ ...store, head })).coldTiers).toEqual(['DEEP_ARCHIVE']);
  expect((await wholeProbe(store)).coldTiers).toEqual([]);
});

test('says what is not there, in the order of the chain', async () => {
  await place.store.delete(layout.object(link(3), 'data', 1));
  await place.store.delete(layout.manifest('orders', link(1).id));
  const findings = await probe();
  expect([...new Set(findings.map(({ object }) => object))]).toEqual([
    layout.object(link(3), 'data', 1),
    layout.manifest('orders', link(1).id),
  ]);
});
