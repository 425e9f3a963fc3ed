/** Many small objects and a large one: in time, several at once, within bounded memory. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DumpSink } from '../../../src/core/ports/engine.ts';
import { filesEngine } from '../../../src/engines/files/engine.ts';
import { type HookedServer, hookInto } from '../../servers/http-hook.ts';
import { startProxy } from '../../servers/proxy.ts';
import { startVersitygw, type Versitygw } from '../../servers/versitygw.ts';
import { emptySet, memorySink } from '../memory-set.ts';
import { Bucket, type BucketBench, openBucketBench } from './bucket-bench.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

const many = 10_000;
const largeBytes = 160 << 20;
const mebibyte = 1 << 20;

let bench: Workbench;
beforeEach(() => {
  bench = openWorkbench();
});
afterEach(() => bench.close());

describe('a prefix', () => {
  let server: Versitygw;
  let hooked: HookedServer;
  let place: BucketBench;
  beforeAll(async () => {
    const fill = (buckets: string) => {
      const program = join(import.meta.dirname, 'fill-bucket.py');
      return promisify(execFile)('python3', [program, buckets, Bucket, 'many', String(many)]);
    };
    server = await startVersitygw({ fill });
    hooked = await hookInto(server);
    place = await openBucketBench(() => Promise.resolve(hooked));
    await place.put('large/l', Buffer.alloc(largeBytes, 'holdfast'));
  });
  afterEach(() => hooked.set(() => undefined));
  afterAll(() => place?.stop());

  const context = (prefix: string, endpoint = server.endpoint) =>
    bench.context(place.source(prefix, { endpoint }), { limits: { concurrency: 4 } });
  const request = { method: 'full', fingerprint: 'checksum' } as const;

  /** Keeps nothing of what it is given; `held` is the most that buffers took meanwhile. */
  const measuring = () => {
    const seen = { held: 0, bytes: 0 };
    const before = process.memoryUsage().arrayBuffers;
    const sink: DumpSink = {
      command: () => Promise.reject(new Error('no programs here')),
      async bytes({ name, role }, source) {
        for await (const chunk of source) {
          seen.bytes += chunk.length;
          seen.held = Math.max(seen.held, process.memoryUsage().arrayBuffers - before);
        }
        return { name, role, compression: 'none', objects: [] };
      },
    };
    return { seen, sink };
  };

  it(`of ${many} objects is dumped, and again without reading one`, async () => {
    const first = await bench.dump({ source: place.source('many', { endpoint: server.endpoint }) });
    expect(first.summary).toMatchObject({ totals: { files: many }, partialReasons: [] });
    let reads = 0;
    hooked.set(({ path }) => {
      if (path !== `/${Bucket}/` && path !== `/${Bucket}`) reads++;
      return undefined;
    });
    const second = await bench.dump({ source: place.source('many'), parent: first });
    expect(second.summary).toMatchObject({ usedParent: true, totals: { files: many } });
    expect(reads).toBe(0);
    const read = await filesEngine.read(bench.context(), first.reader);
    expect(read.notes.join()).toContain(`${many} files`);
  });

  it('with a large object holds a few parts of it at a time, which are read side by side', async () => {
    let now = 0;
    let most = 0;
    let ranges = 0;
    hooked.set(async ({ headers }) => {
      if (headers.range === undefined) return undefined;
      ranges++;
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 20));
      now--;
      return undefined;
    });
    const { seen, sink } = measuring();
    await filesEngine.dump(context('large', hooked.endpoint), request, sink);
    expect(seen.bytes).toBeGreaterThan(largeBytes);
    expect(ranges).toBe(largeBytes / (8 * mebibyte));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
    // Four parts, the first one, and what is on its way; collected late under load.
    expect(seen.held).toBeLessThan(largeBytes * 0.75);
  });

  it('whose connections break off is read to the end, part by part', async () => {
    const proxy = await startProxy(Number(new URL(server.endpoint).port));
    try {
      const set = emptySet();
      proxy.set({ kind: 'cut', afterBytes: 3 * mebibyte }, 3);
      const endpoint = `http://127.0.0.1:${proxy.port}`;
      await filesEngine.dump(context('large', endpoint), request, memorySink(set));
      // Nothing is in the archive twice: a header, the contents, the end.
      expect(set.contents.get('archive')?.length).toBeLessThan(largeBytes + 8192);
      proxy.set({ kind: 'cut', afterBytes: 3 * mebibyte });
      const never = filesEngine.dump(context('large', endpoint), request, memorySink(emptySet()));
      await expect(never).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE', retryable: true });
    } finally {
      await proxy.stop();
    }
  });
});
