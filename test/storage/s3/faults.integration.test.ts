import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import { openBucketStore } from '../../../src/storage/s3/index.ts';
import { startProxy, type TcpProxy } from '../../servers/proxy.ts';
import { type S3Server, startVersitygw } from '../../servers/versitygw.ts';
import {
  createOnly,
  keysOf,
  leftovers,
  parts,
  send,
  sendAll,
  text,
} from '../conformance/samples.ts';
import { createBucket, openIn } from './buckets.ts';

const partSizeBytes = 5 * 2 ** 20;

describe('S3 store behind a bad network', () => {
  let server: S3Server;
  let proxy: TcpProxy;
  let bucket = '';
  let store: ObjectStore;
  let direct: ObjectStore;

  beforeAll(async () => {
    server = await startVersitygw();
    proxy = await startProxy(Number(new URL(server.endpoint).port));
    bucket = await createBucket(server, 'plain');
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });
  beforeEach(async () => {
    proxy.set({ kind: 'pass' });
    const url = `s3://${bucket}/${randomBytes(4).toString('hex')}`;
    direct = await openIn(server, { url });
    store = await openBucketStore(
      { url, region: 'us-east-1', endpoint: `http://127.0.0.1:${proxy.port}`, pathStyle: true },
      {
        baseDir: '/',
        now: () => new Date(),
        client: { credentials: server.credentials },
        timeouts: { connectMs: 1000, idleMs: 500 },
      },
    );
  });

  it('asks again when connections drop before the answer', async () => {
    proxy.set({ kind: 'swallow' }, 2);
    const info = await store.put('a', text('once'), createOnly);
    expect(info.sizeBytes).toBe(4);
    expect(await keysOf(direct)).toEqual(['a']);
  });

  it('takes it as done when the answer of a completion is lost', async () => {
    const all = parts(2, partSizeBytes);
    const upload = await store.upload('a', { ...createOnly, partSizeBytes });
    await sendAll(upload, all);
    proxy.set({ kind: 'swallow' }, 1);
    await upload.complete();
    expect(Buffer.from(await direct.get('a')).equals(Buffer.concat(all))).toBe(true);
    expect(await leftovers(direct)).toBe(0);
  });

  it('reads again when a body breaks off or stalls', async () => {
    const bytes = randomBytes(300_000);
    await direct.put('a', bytes, createOnly);
    for (const kind of ['cut', 'stall'] as const) {
      proxy.set({ kind, afterBytes: 100_000 }, 1);
      expect(Buffer.from(await store.get('a')).equals(bytes)).toBe(true);
    }
  });

  it.each([
    ['hangs', { kind: 'hang' }],
    ['answers nothing', { kind: 'stall', afterBytes: 0 }],
  ] as const)('ends by itself, unreachable and retryable, where the server %s', async (_, mode) => {
    proxy.set(mode);
    const started = Date.now();
    await expect(store.put('a', text('x'), createOnly)).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      retryable: true,
    });
    expect(Date.now() - started).toBeLessThan(15_000);
  });

  it('says unreachable when no body ever ends', async () => {
    await direct.put('a', randomBytes(300_000), createOnly);
    proxy.set({ kind: 'cut', afterBytes: 50_000 });
    await expect(store.get('a')).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  });

  it('stops a request that hangs when its signal is aborted', async () => {
    proxy.set({ kind: 'hang' });
    const stop = new AbortController();
    const putting = store.put('a', text('x'), { ...createOnly, signal: stop.signal });
    setTimeout(() => stop.abort(new Error('stop')), 50);
    const started = Date.now();
    await expect(putting).rejects.toThrow('stop');
    expect(Date.now() - started).toBeLessThan(400);
  });

  it('aborts an upload whose parts are still on their way', async () => {
    const upload = await store.upload('a', { ...createOnly, partSizeBytes });
    const all = parts(3, partSizeBytes);
    await send(upload, 0, all[0] ?? text(''));
    const sending = Promise.allSettled([1, 2].map((n) => send(upload, n, all[n] ?? text(''))));
    await upload.abort();
    const outcomes = await sending;
    expect(outcomes.map(({ status }) => status)).toContain('rejected');
    expect(await keysOf(direct)).toEqual([]);
    expect(await leftovers(direct)).toBe(0);
  });

  it('refuses a part that changed after it was hashed', async () => {
    const upload = await store.upload('a', { ...createOnly, partSizeBytes });
    const [first = text('')] = parts(1, partSizeBytes, partSizeBytes);
    const sending = send(upload, 0, first);
    first.fill(1);
    await expect(sending).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    await upload.abort();
    expect(await leftovers(direct)).toBe(0);
  });
});
