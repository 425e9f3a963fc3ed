import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import { type S3Server, startVersitygw } from '../../servers/versitygw.ts';
import { createOnly, keysOf, leftovers, replacing, text, textAt } from '../conformance/samples.ts';
import { type BucketKind, clientOf, createBucket, openIn } from './buckets.ts';

const lock = { mode: 'governance', days: 1 } as const;

describe('S3 store over versions', () => {
  let server: S3Server;
  let client: S3Client;
  beforeAll(async () => {
    server = await startVersitygw();
    client = clientOf(server);
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });

  async function open(kind: BucketKind): Promise<{ store: ObjectStore; Bucket: string }> {
    const Bucket = await createBucket(server, kind);
    const url = `s3://${Bucket}`;
    return { Bucket, store: await openIn(server, kind === 'locked' ? { url, lock } : { url }) };
  }

  async function versionsIn(Bucket: string): Promise<string[]> {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket }));
    const listed = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    return listed.map(({ Key }) => Key ?? '');
  }

  it('deletes every version of a key and no other key', async () => {
    const { store, Bucket } = await open('versioned');
    for (const value of ['1', '2', '3']) await store.put('state/a', text(value), replacing);
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'state/a' }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'state/a', Body: '4' }));
    await store.put('state/ab', text('kept'), createOnly);
    await store.put('state/a.b', text('kept'), createOnly);
    await store.delete('state/a');
    expect((await versionsIn(Bucket)).sort()).toEqual(['state/a.b', 'state/ab']);
  });

  it('deletes more versions, and sweeps more uploads, than a page holds', async () => {
    const { store, Bucket } = await open('versioned');
    const many = Array.from({ length: 1010 }, (_, n) => n);
    for (const n of many) await store.put('a', text(String(n)), replacing);
    for (const n of many) {
      await client.send(new CreateMultipartUploadCommand({ Bucket, Key: `b/${n}` }));
    }
    await store.delete('a');
    expect(await versionsIn(Bucket)).toEqual([]);
    expect(await leftovers(store)).toBe(many.length);
    expect(await leftovers(store)).toBe(0);
  });

  it('reads the version that it is asked for', async () => {
    const { store } = await open('versioned');
    const first = await store.put('a', text('first'), replacing);
    await store.put('a', text('second'), replacing);
    const versionId = first.versionId ?? '';
    expect(await textAt(store, 'a', { versionId })).toBe('first');
    expect(await textAt(store, 'a')).toBe('second');
    await store.delete('a');
    await expect(store.get('a', { versionId })).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
  });

  it('says what is in the way when a delete marker hides an object', async () => {
    const { store, Bucket } = await open('versioned');
    await store.put('a', text('hidden'), createOnly);
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    expect(await store.head('a')).toBeUndefined();
    await expect(store.put('a', text('x'), createOnly)).rejects.toMatchObject({
      code: 'OBJECT_EXISTS',
      hint: expect.stringContaining('delete marker'),
    });
  });

  it('keeps what is locked under another visible version, and says so', async () => {
    const { store, Bucket } = await open('locked');
    const lockUntil = new Date(Date.now() + 3_600_000);
    await store.put('a', text('locked'), { ...replacing, lockUntil });
    await store.put('a', text('free'), replacing);
    await expect(store.delete('a')).rejects.toMatchObject({ code: 'OBJECT_LOCKED' });
    expect(await versionsIn(Bucket)).toEqual(['a', 'a']);
    expect(await textAt(store, 'a')).toBe('free');
  });

  it('takes a legal hold as a lock', async () => {
    const { store, Bucket } = await open('locked');
    await store.put('a', text('held'), createOnly);
    const hold = { Bucket, Key: 'a', LegalHold: { Status: 'ON' } } as const;
    await client.send(new PutObjectLegalHoldCommand(hold));
    await expect(store.delete('a')).rejects.toMatchObject({ code: 'OBJECT_LOCKED' });
    expect(await keysOf(store)).toEqual(['a']);
    const off = { ...hold, LegalHold: { Status: 'OFF' } } as const;
    await client.send(new PutObjectLegalHoldCommand(off));
    await store.delete('a');
    expect(await keysOf(store)).toEqual([]);
  });
});
