import {
  CopyObjectCommand,
  HeadObjectCommand,
  type S3Client,
  type StorageClass,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import { openBucketStore } from '../../../src/storage/s3/index.ts';
import { startMinistack } from '../../servers/ministack.ts';
import type { S3Server } from '../../servers/versitygw.ts';
import { clientOf, createBucket, openIn } from './buckets.ts';

let server: S3Server;
let client: S3Client;
let bucket: string;
let store: ObjectStore;

beforeAll(async () => {
  server = await startMinistack();
  client = clientOf(server);
  bucket = await createBucket(server, 'plain');
  store = await openIn(server, { url: `s3://${bucket}/vault` });
});
afterAll(async () => {
  client.destroy();
  await store.close();
  await server.stop();
});

/** As a lifecycle rule does. */
async function freeze(key: string, StorageClass: StorageClass): Promise<void> {
  const Key = `vault/${key}`;
  const CopySource = `${bucket}/${Key}`;
  await client.send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource, StorageClass }));
}

async function put(key: string): Promise<void> {
  await store.put(key, Buffer.from('cold'), { ifAbsent: true });
}

async function tierOf(prefix: string): Promise<string | undefined> {
  for await (const { coldTier } of store.list(prefix)) return coldTier;
  throw new Error(`nothing under ${prefix}`);
}

const request = { retrieval: 'standard', days: 3 } as const;

// API_RestoreObject: 202 at first, 409 RestoreAlreadyInProgress until the copy is there.
test.for(['GLACIER', 'DEEP_ARCHIVE'] as const)(
  'what lies in %s is listed as such, asked for once, and read when it is back',
  async (tier) => {
    const key = `data/orders/${tier}/rest.0`;
    await put(key);
    await freeze(key, tier);
    expect(await tierOf(`data/orders/${tier}/`)).toBe(tier);
    await expect(store.get(key)).rejects.toMatchObject({ code: 'OBJECT_ARCHIVED' });
    expect(await store.thaw(key, request)).toBe('waiting');
    expect(await store.thaw(key, request)).toBe('waiting');
    await expect(store.get(key)).rejects.toMatchObject({ code: 'OBJECT_ARCHIVED' });
    await expect.poll(() => store.thaw(key, request), { timeout: 10_000 }).toBe('ready');
    expect(Buffer.from(await store.get(key)).toString()).toBe('cold');
    expect(await store.thaw(key, request)).toBe('ready');
  },
);

test('a readable copy that is about to go is kept longer', async () => {
  const key = 'data/orders/soon/rest.0';
  await put(key);
  await freeze(key, 'GLACIER');
  await store.thaw(key, { ...request, days: 1 });
  await expect.poll(() => store.thaw(key, request), { timeout: 10_000 }).toBe('ready');
  const expiry = async () =>
    (await client.send(new HeadObjectCommand({ Bucket: bucket, Key: `vault/${key}` }))).Restore;
  const before = await expiry();
  const later = await openBucketStore(
    { url: store.url, region: 'us-east-1', endpoint: server.endpoint, pathStyle: true },
    {
      baseDir: '/',
      now: () => new Date(Date.now() + 36 * 3_600_000),
      client: { credentials: server.credentials },
    },
  );
  expect(await later.thaw(key, { ...request, days: 9 })).toBe('ready');
  await later.close();
  expect(before).toContain('expiry-date=');
  expect(await expiry()).not.toBe(before);
});

test.for(['STANDARD', 'GLACIER_IR'] as const)('what lies in %s is read as it is', async (tier) => {
  const key = `data/orders/${tier}/rest.0`;
  await put(key);
  if (tier !== 'STANDARD') await freeze(key, tier);
  expect(await tierOf(`data/orders/${tier}/`)).toBeUndefined();
  expect(await store.thaw(key, request)).toBe('ready');
});

test('a listing does not know what INTELLIGENT_TIERING has archived; the head does', async () => {
  const key = 'data/orders/watched/rest.0';
  await put(key);
  await freeze(key, 'INTELLIGENT_TIERING');
  for await (const object of store.list('data/orders/watched/')) {
    expect(object).toMatchObject({ key, mayBeCold: true });
    expect(object.coldTier).toBeUndefined();
  }
  expect((await store.head(key))?.coldTier).toBeUndefined();
  expect(await store.thaw(key, request)).toBe('ready');
  expect(Buffer.from(await store.get(key)).toString()).toBe('cold');
});

test('the head of what lies in an archive class says so too', async () => {
  const key = 'data/orders/head/rest.0';
  await put(key);
  await freeze(key, 'DEEP_ARCHIVE');
  expect(await store.head(key)).toMatchObject({ coldTier: 'DEEP_ARCHIVE' });
});
