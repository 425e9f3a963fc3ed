import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256, uploadChecksum } from '../../../src/core/checksum.ts';
import type { StoreFixture } from '../conformance.ts';
import { createOnly, keysOf, leftovers, parts, replacing, send, sendAll, text } from './samples.ts';

export function describeUploads(fixture: StoreFixture): void {
  const { partSizeBytes } = fixture;
  const open = async (key = 'data/object.0') => {
    const store = await fixture.open();
    return { store, upload: await store.upload(key, { ...createOnly, partSizeBytes }) };
  };

  describe('uploads', () => {
    it('joins parts sent at once and out of order', async () => {
      const { store, upload } = await open();
      const all = parts(4, partSizeBytes);
      await Promise.all([3, 1, 0, 2].map((n) => send(upload, n, all[n] ?? text(''))));
      expect(await store.head('data/object.0')).toBeUndefined();
      const info = await upload.complete();
      const sizeBytes = 3 * partSizeBytes + 1000;
      const checksum = uploadChecksum(all.map(sha256), { sizeBytes, partSizeBytes });
      expect(info).toMatchObject({ key: 'data/object.0', sizeBytes, checksum });
      const stored = Buffer.from(await store.get('data/object.0'));
      expect(stored.equals(Buffer.concat(all))).toBe(true);
      expect([undefined, checksum]).toContain((await store.head('data/object.0'))?.checksum);
    });

    it.each([
      ['no part', 0],
      ['one short part', 1],
    ])('stores %s', async (_, count) => {
      const { store, upload } = await open();
      const all = parts(count, partSizeBytes);
      await sendAll(upload, all);
      const info = await upload.complete();
      const sizeBytes = count * 1000;
      const checksum = uploadChecksum(all.map(sha256), { sizeBytes, partSizeBytes });
      expect(info).toMatchObject({ sizeBytes, checksum });
      expect(Buffer.from(await store.get('data/object.0')).equals(Buffer.concat(all))).toBe(true);
      expect(await leftovers(store)).toBe(0);
    });

    it('leaves the buffer of a sent part to its owner', async () => {
      const { store, upload } = await open();
      const buffer = randomBytes(500);
      const first = Buffer.from(buffer);
      await send(upload, 0, buffer);
      buffer.fill(0);
      await upload.complete();
      expect(Buffer.from(await store.get('data/object.0')).equals(first)).toBe(true);
    });

    it.each([1, 2])('refuses bytes that differ from their digest, of %i parts', async (count) => {
      const { store, upload } = await open();
      const [first = text('')] = parts(count, partSizeBytes);
      const other = sha256(text('other'));
      const refused = async () => {
        await upload.part(0, first, other);
        await upload.complete();
      };
      await expect(refused()).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
      await upload.abort();
      expect(await keysOf(store)).toEqual([]);
      expect(await leftovers(store)).toBe(0);
    });

    it('leaves nothing after an abort, which may be repeated, and completes no more', async () => {
      const { store, upload } = await open();
      await sendAll(upload, parts(2, partSizeBytes));
      await upload.abort();
      await upload.abort();
      await expect(upload.complete()).rejects.toMatchObject({ code: 'UPLOAD_INVALID' });
      await expect(send(upload, 2, text('late'))).rejects.toMatchObject({ code: 'UPLOAD_INVALID' });
      expect(await keysOf(store)).toEqual([]);
      expect(await leftovers(store)).toBe(0);
    });

    it('completes again to the same end, and an abort then changes nothing', async () => {
      const { store, upload } = await open();
      await sendAll(upload, parts(2, partSizeBytes));
      const first = await upload.complete();
      expect(await upload.complete()).toEqual(first);
      await upload.abort();
      expect(await store.head('data/object.0')).toMatchObject({ sizeBytes: partSizeBytes + 1000 });
    });

    it('takes the same object sent a second time, and refuses another', async () => {
      const { store, upload } = await open();
      const all = parts(2, partSizeBytes);
      await sendAll(upload, all);
      await upload.complete();
      const options = { ...createOnly, partSizeBytes };
      const again = await store.upload('data/object.0', options);
      await sendAll(again, all);
      expect(await again.complete()).toMatchObject({ sizeBytes: partSizeBytes + 1000 });
      const other = await store.upload('data/object.0', options);
      await sendAll(other, parts(2, partSizeBytes));
      await expect(other.complete()).rejects.toMatchObject({ code: 'OBJECT_EXISTS' });
      await other.abort();
      expect(Buffer.from(await store.get('data/object.0')).equals(Buffer.concat(all))).toBe(true);
      expect(await leftovers(store)).toBe(0);
    });

    it('replaces without ifAbsent', async () => {
      const { store, upload } = await open();
      await sendAll(upload, parts(2, partSizeBytes));
      await upload.complete();
      const next = await store.upload('data/object.0', { ...replacing, partSizeBytes });
      const all = parts(2, partSizeBytes, 77);
      await sendAll(next, all);
      await next.complete();
      expect(Buffer.from(await store.get('data/object.0')).equals(Buffer.concat(all))).toBe(true);
    });

    it('refuses a gap, and a short part that is not the last', async () => {
      const gap = await open();
      await send(gap.upload, 1, text('late'));
      await expect(gap.upload.complete()).rejects.toMatchObject({ code: 'UPLOAD_INVALID' });
      await gap.upload.abort();
      const short = await open();
      const refused = async () => {
        await send(short.upload, 0, text('short'));
        await send(short.upload, 1, text('next'));
        await short.upload.complete();
      };
      await expect(refused()).rejects.toMatchObject({ code: 'UPLOAD_INVALID' });
      await short.upload.abort();
      expect([await keysOf(gap.store), await keysOf(short.store)]).toEqual([[], []]);
      expect([await leftovers(gap.store), await leftovers(short.store)]).toEqual([0, 0]);
    });

    it('refuses a part larger than a part', async () => {
      const { upload } = await open();
      const large = Buffer.alloc(partSizeBytes + 1);
      await expect(send(upload, 0, large)).rejects.toMatchObject({ code: 'UPLOAD_INVALID' });
      await upload.abort();
    });

    it('sweeps what a dead writer left, and only what is old enough', async () => {
      const { store, upload } = await open('data/orders/set/rest.0');
      await sendAll(upload, parts(2, partSizeBytes));
      await store.put('data/orders/set/done.0', text('done'), createOnly);
      const hourAgo = new Date(Date.now() - 3_600_000);
      const inAnHour = new Date(Date.now() + 3_600_000);
      expect(await store.sweepUploads('', hourAgo)).toBe(0);
      expect(await store.sweepUploads('data/other/', inAnHour)).toBe(0);
      expect(await store.sweepUploads('data/orders/', inAnHour)).toBe(1);
      expect(await keysOf(store)).toEqual(['data/orders/set/done.0']);
      expect(await store.sweepUploads('', inAnHour)).toBe(0);
      await expect(upload.complete()).rejects.toThrow();
      await upload.abort();
    });

    it('stops at its signal, and can then be aborted', async () => {
      const store = await fixture.open();
      const stop = new AbortController();
      const options = { ...createOnly, partSizeBytes, signal: stop.signal };
      const upload = await store.upload('data/object.0', options);
      const [first = text(''), second = text('')] = parts(2, partSizeBytes);
      await send(upload, 0, first);
      stop.abort(new Error('stop'));
      await expect(send(upload, 1, second)).rejects.toThrow();
      await upload.abort();
      expect(await keysOf(store)).toEqual([]);
      expect(await leftovers(store)).toBe(0);
    });

    it('sends 40 MiB in reused buffers, in memory that does not grow by 24 MiB', {
      timeout: 60_000,
    }, async () => {
      const store = await fixture.open();
      const partSize = Math.max(partSizeBytes, 5 * 2 ** 20);
      const upload = await store.upload('large', { ...createOnly, partSizeBytes: partSize });
      const buffers = [randomBytes(partSize), randomBytes(partSize)];
      const count = Math.ceil((40 * 2 ** 20) / partSize);
      const resident: number[] = [];
      for (let n = 0; n < count; n += 2) {
        await Promise.all(buffers.map((buffer, at) => send(upload, n + at, buffer)));
        resident.push(process.memoryUsage().rss);
      }
      const [first = 0] = resident;
      const info = await upload.complete();
      expect(info.sizeBytes).toBe(count * partSize);
      const isKept = store.url.startsWith('memory:');
      if (!isKept) expect(Math.max(...resident) - first).toBeLessThan(24 * 2 ** 20);
      const range = { start: 3 * partSize - 10, end: 3 * partSize + 10 };
      const [even = text(''), odd = text('')] = buffers;
      const expected = Buffer.concat([even.subarray(-10), odd.subarray(0, 10)]);
      expect(Buffer.from(await store.get('large', { range })).equals(expected)).toBe(true);
    });
  });
}
