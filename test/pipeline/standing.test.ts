import { expect, test } from 'vitest';
import { mostMeasuredSources } from '../../src/core/figures.ts';
import { layout } from '../../src/core/layout.ts';
import { newestStanding, standings } from '../../src/pipeline/standing.ts';
import { sourceStatus } from '../../src/pipeline/status.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const objectives = { rpo: '1h' };

async function withSets(count: number): Promise<Workshop> {
  const workshop = await openWorkshop({ source: { objectives } });
  for (let n = 0; n < count; n++) await workshop.backUp();
  return workshop;
}

function reads({ vault }: Workshop) {
  const keys: string[] = [];
  const { store } = vault;
  const get: typeof store.get = (key, options) => {
    keys.push(key);
    return store.get(key, options);
  };
  return { keys, vault: { ...vault, store: { ...store, get } } };
}

test('the newest sets say of a source what all of them say', async () => {
  const workshop = await withSets(4);
  await workshop.dump();
  const at = { vault: workshop.vault, source: workshop.source.source };
  const { rpo, lastGood } = await sourceStatus('shop', at);
  expect(await newestStanding('shop', at)).toEqual({ source: 'shop', rpo, lastGood });
  expect(rpo.ageSeconds).toBeGreaterThan(0);
});

test('as many sources as you like read no more than the newest verified set of each', async () => {
  const workshop = await withSets(5);
  const { keys, vault } = reads(workshop);
  const names = Array.from({ length: mostMeasuredSources + 1 }, (_, n) => `s${n}`);
  const { source } = workshop.source;
  const sources = Object.fromEntries(['shop', ...names].map((name) => [name, source]));
  const found = await standings(sources, vault);
  expect(found).toHaveLength(names.length + 1);
  expect(found[0]?.rpo.ageSeconds).toBeDefined();
  expect(found[1]?.rpo.ageSeconds).toBeUndefined();
  const manifests = keys.filter(
    (key) => key.startsWith(layout.sets) && key.endsWith('manifest.json'),
  );
  expect(manifests).toHaveLength(1);
});

test('few sources are looked at to the last set', async () => {
  const workshop = await withSets(3);
  const [found] = await standings({ shop: workshop.source.source }, workshop.vault);
  expect(found?.sets).toBe(3);
});
