import { expect, test } from 'vitest';
import type { ObjectInfo, ObjectStore, ThawProgress } from '../../src/core/ports/store.ts';
import { describeCold, thawChain } from '../../src/pipeline/sets/thaw-chain.ts';
import type { Vault } from '../../src/pipeline/vault/index.ts';
import { openWorkshop } from './workshop.ts';

const since = new Date('2026-11-02T02:00:00Z');

/** The same store, its objects under `data/` in the tier that `tierOf` gives. */
function chilled(vault: Vault, tierOf: (key: string) => ObjectInfo['coldTier']) {
  const asked: string[] = [];
  let progress: ThawProgress = 'waiting';
  async function* list(...given: Parameters<ObjectStore['list']>): AsyncGenerator<ObjectInfo> {
    for await (const info of vault.store.list(...given)) {
      const coldTier = tierOf(info.key);
      yield coldTier === undefined ? info : { ...info, coldTier };
    }
  }
  const thaw: ObjectStore['thaw'] = async (key) => {
    asked.push(key);
    return progress;
  };
  return {
    asked,
    vault: { ...vault, store: { ...vault.store, list, thaw } },
    finish: () => {
      progress = 'ready';
    },
  };
}

async function incrementalChain() {
  const shop = await openWorkshop({
    source: { policies: { daily: { timezone: 'UTC', method: 'incremental' } } },
  });
  const full = (await shop.backUp()).backupId;
  const next = (await shop.backUp()).backupId;
  return { shop, full, next };
}

const signal = new AbortController().signal;
const options = { retrieval: 'standard', since, signal } as const;

test('what can be read is ready, and nothing is asked for', async () => {
  const { shop, next } = await incrementalChain();
  const { vault, asked } = chilled(shop.vault, () => undefined);
  expect(await thawChain({ source: 'shop', id: next }, { ...options, vault })).toEqual({
    ready: true,
    since: since.toISOString(),
    waitSeconds: 0,
    detail: 'Every object can be read.',
  });
  expect(await describeCold({ source: 'shop', id: next }, { ...options, vault })).toBeUndefined();
  expect(asked).toEqual([]);
});

test('an incremental waits for the base that it builds on', async () => {
  const { shop, full, next } = await incrementalChain();
  const isBase = (key: string) => key.startsWith(`data/shop/${full}/`);
  const { vault, asked, finish } = chilled(shop.vault, (key) =>
    isBase(key) ? 'DEEP_ARCHIVE' : undefined,
  );
  const set = { source: 'shop', id: next };
  const waiting = await thawChain(set, { ...options, vault });
  expect(waiting).toMatchObject({ ready: false, waitSeconds: 900 });
  expect(waiting.detail).toContain('DEEP_ARCHIVE');
  expect(waiting.detail).toContain('readable by 2026-11-02T14:00:00.000Z.');
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.every(isBase)).toBe(true);
  finish();
  expect(await thawChain(set, { ...options, vault })).toMatchObject({ ready: true });
});

test('what would be waited for is said without asking for it', async () => {
  const { shop, next } = await incrementalChain();
  const { vault, asked } = chilled(shop.vault, () => 'GLACIER');
  const set = { source: 'shop', id: next };
  expect(await describeCold(set, { ...options, vault })).toMatch(/of the archive tier GLACIER/);
  expect(asked).toEqual([]);
});

test('where the listing cannot tell, each object is looked at', async () => {
  const { shop, full, next } = await incrementalChain();
  const { store } = shop.vault;
  const isBase = (key: string) => key.startsWith(`data/shop/${full}/`);
  async function* list(...given: Parameters<ObjectStore['list']>): AsyncGenerator<ObjectInfo> {
    for await (const info of store.list(...given)) yield { ...info, mayBeCold: true };
  }
  const head: ObjectStore['head'] = async (key) => {
    const info = await store.head(key);
    return info && isBase(key) ? { ...info, coldTier: 'ARCHIVE_ACCESS' } : info;
  };
  const vault = { ...shop.vault, store: { ...store, list, head } };
  const detail = await describeCold({ source: 'shop', id: next }, { ...options, vault });
  expect(detail).toMatch(/of the archive tier ARCHIVE_ACCESS brought back first.+5h/);
});
