import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { putChecksum } from '../../../src/core/checksum.ts';
import type { StoreFixture } from '../conformance.ts';
import { createOnly, keysOf, replacing, text, textAt } from './samples.ts';

export function describeObjects(fixture: StoreFixture): void {
  describe('objects', () => {
    it('gives back what was put, with its size, checksum and time', async () => {
      const store = await fixture.open();
      const bytes = randomBytes(70_000);
      const before = Date.now() - 5000;
      const info = await store.put('a/b.json', bytes, createOnly);
      expect(info).toMatchObject({ key: 'a/b.json', sizeBytes: 70_000 });
      expect(info.checksum).toBe(putChecksum(bytes));
      expect(Buffer.from(await store.get('a/b.json')).equals(bytes)).toBe(true);
      const head = await store.head('a/b.json');
      expect(head).toMatchObject({ key: 'a/b.json', sizeBytes: 70_000 });
      expect(head?.modifiedAt.getTime()).toBeGreaterThan(before);
      expect([undefined, info.checksum]).toContain(head?.checksum);
    });

    it('keeps an object of no bytes', async () => {
      const store = await fixture.open();
      await store.put('empty', new Uint8Array(), createOnly);
      expect(await store.head('empty')).toMatchObject({ sizeBytes: 0 });
      expect((await store.get('empty')).length).toBe(0);
      expect((await store.get('empty', { range: { start: 0, end: 5 } })).length).toBe(0);
    });

    it('says of a missing object that it is missing', async () => {
      const store = await fixture.open();
      await store.put('folder/object', text('x'), createOnly);
      expect(await store.head('absent')).toBeUndefined();
      expect(await store.head('folder')).toBeUndefined();
      await expect(store.get('absent')).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
      await expect(store.get('folder')).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    });

    it('says of a version of another store that it is missing', async () => {
      const store = await fixture.open();
      await store.put('a', text('x'), createOnly);
      const foreign = [
        '01BX5ZZKBKACTAV9WEVGEMMVRZ',
        '3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo',
      ];
      for (const versionId of foreign) {
        const reading = store.get('a', { versionId, range: { start: 0, end: 1 } });
        await expect(reading).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
      }
    });

    it('never replaces with ifAbsent, and takes the same bytes as success', async () => {
      const store = await fixture.open();
      const first = await store.put('once', text('first'), createOnly);
      const again = await store.put('once', text('first'), createOnly);
      expect(again).toMatchObject({ sizeBytes: 5, checksum: first.checksum });
      for (const other of ['other', 'firs', 'first!']) {
        await expect(store.put('once', text(other), createOnly)).rejects.toMatchObject({
          code: 'OBJECT_EXISTS',
        });
      }
      expect(await textAt(store, 'once')).toBe('first');
    });

    it('replaces without ifAbsent', async () => {
      const store = await fixture.open();
      await store.put('state', text('one'), replacing);
      await store.put('state', text('second'), replacing);
      expect(await textAt(store, 'state')).toBe('second');
      expect(await keysOf(store)).toEqual(['state']);
    });

    it('lets one of 32 writers win, whole', async () => {
      const store = await fixture.open();
      const writers = Array.from({ length: 32 }, (_, n) => Buffer.alloc(4096, n));
      const outcomes = await Promise.allSettled(
        writers.map((bytes) => store.put('race/token', bytes, createOnly)),
      );
      const winners = outcomes.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []));
      expect(winners).toHaveLength(1);
      const stored = Buffer.from(await store.get('race/token'));
      expect(stored.equals(writers[winners[0] ?? -1] ?? Buffer.alloc(0))).toBe(true);
      for (const outcome of outcomes.filter(({ status }) => status === 'rejected')) {
        expect(outcome).toMatchObject({ reason: { code: 'OBJECT_EXISTS' } });
      }
      expect(await keysOf(store)).toEqual(['race/token']);
    });

    it('reads ranges, and nothing past the end', async () => {
      const store = await fixture.open();
      await store.put('digits', text('0123456789'), createOnly);
      const range = async (start: number, end: number) =>
        Buffer.from(await store.get('digits', { range: { start, end } })).toString();
      expect(await range(0, 1)).toBe('0');
      expect(await range(3, 7)).toBe('3456');
      expect(await range(8, 100)).toBe('89');
      expect(await range(10, 20)).toBe('');
      expect(await range(4, 4)).toBe('');
    });

    it('refuses to read on when the object was replaced', async () => {
      const store = await fixture.open();
      const { etag } = await store.put('read', text('before'), replacing);
      expect(etag).toBeTypeOf('string');
      const ifMatch = etag ?? '';
      expect(await textAt(store, 'read', { ifMatch })).toBe('before');
      await store.put('read', text('after!'), replacing);
      await expect(store.get('read', { ifMatch })).rejects.toMatchObject({
        code: 'OBJECT_CHANGED',
      });
    });

    it('deletes, is content when there is nothing, and takes the key again', async () => {
      const store = await fixture.open();
      await store.put('a/b/c', text('1'), createOnly);
      await store.delete('a/b/c');
      await store.delete('a/b/c');
      expect(await store.head('a/b/c')).toBeUndefined();
      await expect(store.get('a/b/c')).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
      expect(await keysOf(store)).toEqual([]);
    });

    it('does nothing once its signal is aborted', async () => {
      const store = await fixture.open();
      const signal = AbortSignal.abort(new Error('stop'));
      await expect(store.put('a', text('1'), { ...createOnly, signal })).rejects.toThrow();
      await expect(store.get('a', { signal })).rejects.toThrow();
      expect(await keysOf(store)).toEqual([]);
    });

    it('is found well by its own probe, which leaves nothing', async () => {
      const store = await fixture.open();
      const { findings } = await store.probe();
      const levels = Object.fromEntries(findings.map(({ subject, level }) => [subject, level]));
      expect(levels).toMatchObject({ write: 'ok', read: 'ok', 'create-only': 'ok', list: 'ok' });
      expect(findings.filter(({ level }) => level === 'error')).toEqual([]);
      expect(await keysOf(store)).toEqual([]);
    });

    it('has nothing to thaw where everything can be read, and misses what is missing', async () => {
      const store = await fixture.open();
      await store.put('a', text('warm'), createOnly);
      const request = { retrieval: 'standard', days: 1 } as const;
      expect(await store.thaw('a', request)).toBe('ready');
      await expect(store.thaw('b', request)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    });
  });
}
