/** Prefixes of buckets as sources, on a real S3 server and on an emulator that takes any key. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { filesEngine } from '../../../src/engines/files/engine.ts';
import { startMinistack } from '../../servers/ministack.ts';
import { type S3Server, startVersitygw } from '../../servers/versitygw.ts';
import { openWorkbench, type TakenSet, type Workbench } from './workbench.ts';

const Bucket = 'shop';
let bench: Workbench;
beforeEach(() => {
  bench = openWorkbench();
});
afterEach(() => bench.close());

/** Everything restored, by path. */
function contents(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'latin1')]),
  );
}

async function restore(taken: TakenSet, only: readonly string[] = []) {
  const target = join(bench.folder, 'restored');
  const request = { target, only, overwrite: true };
  const report = await filesEngine.restore(bench.context(), request, taken.reader);
  expect(report.comparison.differences).toEqual([]);
  return contents(target);
}

describe.each([
  ['versitygw', startVersitygw],
  ['ministack', startMinistack],
])('a prefix in %s', (name, start: () => Promise<S3Server>) => {
  let server: S3Server;
  let s3: S3Client;
  beforeAll(async () => {
    server = await start();
    const { endpoint, credentials } = server;
    s3 = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
  });
  afterAll(async () => {
    s3?.destroy();
    await server?.stop();
  });

  const put = (Key: string, Body: string | Buffer, more: object = {}) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  const dump = (path: string, parent?: TakenSet, more: object = {}) => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', server.credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', server.credentials.secretAccessKey);
    const source = {
      path: `s3://${Bucket}/${path}`,
      endpoint: server.endpoint,
      pathStyle: true,
      ...more,
    };
    return bench.dump({ source, ...(parent && { parent }) });
  };
  const index = ({ set }: TakenSet) => Buffer.from(set.contents.get('index') ?? '').toString();

  it('comes back into a directory as it was, and only its own', async () => {
    await s3.send(new CreateBucketCommand({ Bucket })).catch(() => undefined);
    const large = Buffer.alloc((3 << 20) + 7, 'holdfast');
    await put('own/a.txt', 'A', { ContentType: 'text/plain', Metadata: { owner: 'anna' } });
    await put('own/deep/b/ünï.txt', 'B');
    await put('own/large', large);
    await put('own/none', '');
    await put('other/x', 'X');
    const taken = await dump('own');
    expect(taken.summary).toMatchObject({
      method: 'full',
      partialReasons: [],
      totals: { files: 4 },
    });
    const read = await filesEngine.read(bench.context(), taken.reader);
    expect(read.notes.join()).toContain('4 files');
    const found = await restore(taken);
    expect(Object.keys(found).sort()).toEqual(['a.txt', 'deep/b/ünï.txt', 'large', 'none']);
    expect(found['large'] === large.toString('latin1')).toBe(true);
    expect(index(taken)).toContain('"contentType":"text/plain","metadata":{"owner":"anna"}');
  });

  it('is read again only where etag, size or time changed; what is gone is gone', async () => {
    const first = await dump('own');
    await put('own/a.txt', 'A2');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'own/none' }));
    const second = await dump('own', first);
    expect(second.summary).toMatchObject({ method: 'incremental', usedParent: true });
    const archive = Buffer.from(second.set.contents.get('archive') ?? '');
    expect(archive.length).toBeLessThan(20_000);
    const found = await restore(second);
    expect(found['a.txt']).toBe('A2');
    expect(Object.keys(found).sort()).toEqual(['a.txt', 'deep/b/ünï.txt', 'large']);
  });

  it('obeys patterns', async () => {
    const taken = await dump('own', undefined, { exclude: ['deep', 'large'] });
    expect(Object.keys(await restore(taken))).toEqual(['a.txt']);
  });

  it('without an object, or without its bucket, is refused', async () => {
    await expect(dump('nothing')).rejects.toMatchObject({ code: 'SOURCE_MISSING' });
    const elsewhere = dump('', undefined, { path: 's3://no-such-bucket/x' });
    await expect(elsewhere).rejects.toMatchObject({ code: 'SOURCE_MISSING' });
  });

  it.skipIf(name === 'versitygw')(
    'takes keys that are no paths, and writes none outside',
    async () => {
      const keys = [
        'a',
        'a/b',
        'a//b',
        '../x',
        './y',
        'c/',
        '%',
        'é'.repeat(500),
        'k/../../z',
        '/abs',
      ];
      for (const key of keys) await put(`odd/${key}`, key);
      const taken = await dump('odd');
      const found = await restore(taken);
      expect(new Set(Object.values(found))).toEqual(
        new Set(keys.map((key) => Buffer.from(key).toString('latin1'))),
      );
      expect(readdirSync(bench.folder)).not.toContain('x');
    },
  );
});
