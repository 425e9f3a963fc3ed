import { expect, it } from 'vitest';
import type { StoreFixture } from '../conformance.ts';
import { collect, createOnly, text, textAt } from './samples.ts';

const wrong = [
  '',
  '/',
  'a//b',
  '/a',
  'a/',
  '.',
  '..',
  'a/../b',
  'a/./b',
  'a b',
  'ä',
  'a~b',
  'a\0b',
];

export function describeKeys(fixture: StoreFixture): void {
  it.each(wrong)('refuses the key %j everywhere', async (key) => {
    const store = await fixture.open();
    const refused = { code: 'KEY_INVALID' };
    await expect(store.put(key, text('x'), createOnly)).rejects.toMatchObject(refused);
    await expect(store.get(key)).rejects.toMatchObject(refused);
    await expect(store.head(key)).rejects.toMatchObject(refused);
    await expect(store.delete(key)).rejects.toMatchObject(refused);
    await expect(store.extendLock(key, new Date())).rejects.toMatchObject(refused);
    await expect(
      store.upload(key, { ...createOnly, partSizeBytes: fixture.partSizeBytes }),
    ).rejects.toMatchObject(refused);
  });

  it.each(['../', 'a/../', '/', 'a b'])('refuses the prefix %j', async (prefix) => {
    const store = await fixture.open();
    await expect(collect(store.list(prefix))).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });

  it('takes every character that a key may have', async () => {
    const store = await fixture.open();
    const key = 'data/Orders_1/20261121T020000Z-daily-1a2b3c4d/a.b=c:d-e.0';
    await store.put(key, text('x'), createOnly);
    expect(await textAt(store, key)).toBe('x');
  });
}
