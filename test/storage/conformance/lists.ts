import { describe, expect, it } from 'vitest';
import type { StoreFixture } from '../conformance.ts';
import { collect, createOnly, keysOf, parts, sendAll, text } from './samples.ts';

/** In the order of their bytes: `-` and `.` come before `/`. */
const ordered = ['a', 'b-c/1', 'b.c', 'b/1', 'b/10', 'b/2/x', 'b/2/y', 'b/20', 'b0', 'c'];

export function describeLists(fixture: StoreFixture): void {
  describe('lists', () => {
    it('lists in key order, whatever the folders', async () => {
      const store = await fixture.open();
      for (const key of ordered.toReversed()) await store.put(key, text(key), createOnly);
      const infos = await collect(store.list(''));
      expect(infos.map(({ key }) => key)).toEqual(ordered);
      expect(infos.map(({ sizeBytes }) => sizeBytes)).toEqual(ordered.map((key) => key.length));
      for (const after of ordered) {
        const later = ordered.slice(ordered.indexOf(after) + 1);
        expect(await keysOf(store, '', after)).toEqual(later);
      }
      expect(await keysOf(store, '', 'b/2/')).toEqual(ordered.slice(5));
    });

    it('lists by prefix, within a segment too', async () => {
      const store = await fixture.open();
      for (const key of ordered) await store.put(key, text(key), createOnly);
      expect(await keysOf(store, 'b/')).toEqual(['b/1', 'b/10', 'b/2/x', 'b/2/y', 'b/20']);
      expect(await keysOf(store, 'b/2')).toEqual(['b/2/x', 'b/2/y', 'b/20']);
      expect(await keysOf(store, 'b/', 'b/2/x')).toEqual(['b/2/y', 'b/20']);
      expect(await keysOf(store, 'absent/')).toEqual([]);
    });

    it('lists the next folders only', async () => {
      const store = await fixture.open();
      for (const key of ordered) await store.put(key, text(key), createOnly);
      expect(await collect(store.listFolders(''))).toEqual(['b-c', 'b']);
      expect(await collect(store.listFolders('b/'))).toEqual(['2']);
      expect(await collect(store.listFolders('b/2/'))).toEqual([]);
      expect(await collect(store.listFolders('absent/'))).toEqual([]);
    });

    it('knows nothing of uploads under way and of folders that were emptied', async () => {
      const store = await fixture.open();
      const { partSizeBytes } = fixture;
      const upload = await store.upload('data/a/0', { ...createOnly, partSizeBytes });
      await sendAll(upload, parts(2, partSizeBytes));
      await store.put('gone/b', text('x'), createOnly);
      await store.delete('gone/b');
      expect(await keysOf(store)).toEqual([]);
      expect(await collect(store.listFolders(''))).toEqual([]);
      await upload.abort();
    });

    it('lists more than a page', { timeout: 120_000 }, async () => {
      const store = await fixture.open();
      const keys = Array.from({ length: 1050 }, (_, n) => `many/${String(n).padStart(5, '0')}/o`);
      for (let n = 0; n < keys.length; n += 50) {
        await Promise.all(
          keys.slice(n, n + 50).map((key) => store.put(key, text(key), createOnly)),
        );
      }
      expect(await keysOf(store)).toEqual(keys);
      expect(await keysOf(store, 'many/', keys[1010])).toEqual(keys.slice(1011));
      const folders = await collect(store.listFolders('many/'));
      expect(folders).toEqual(keys.map((key) => key.split('/')[1]));
      for await (const { key } of store.list('many/')) {
        expect(key).toBe(keys[0]);
        break;
      }
    });
  });
}
