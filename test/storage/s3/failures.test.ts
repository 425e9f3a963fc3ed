import { describe, expect, it } from 'vitest';
import { createOnly, text } from '../conformance/samples.ts';
import { scriptedStore } from './answers.ts';

describe('S3 failures', () => {
  it.each([
    [403, 'AccessDenied', 'STORE_DENIED', '"s3:PutObject"'],
    [403, 'ExpiredToken', 'STORE_DENIED', 'AWS_SESSION_TOKEN'],
    [403, 'RequestTimeTooSkewed', 'STORE_DENIED', 'timedatectl'],
    [404, 'NoSuchBucket', 'STORE_MISSING', 'Create the bucket'],
    [301, 'PermanentRedirect', 'STORE_UNREACHABLE', 'region:'],
    [400, 'BadDigest', 'STORE_CORRUPT', 'network'],
    [400, 'XAmzContentSHA256Mismatch', 'STORE_CORRUPT', 'network'],
    [507, 'XMinioStorageFull', 'STORE_FULL', 'quota'],
    [507, 'Unknown', 'STORE_FULL', 'quota'],
    [501, 'NotImplemented', 'STORE_UNSUPPORTED', 'docs/storage.md'],
    [400, 'InvalidArgument', 'STORE_REFUSED', 'holdfast check'],
  ])('turns HTTP %i %s into %s', async (status, name, code, hint) => {
    const { store } = await scriptedStore([{ status, code: name }]);
    await expect(store.put('a', text('x'), createOnly)).rejects.toMatchObject({
      name: 'StoreError',
      code,
      retryable: false,
      hint: expect.stringContaining(hint),
      message: expect.stringContaining("the store's words"),
    });
  });

  it.each([
    [503, 'SlowDown'],
    [500, 'InternalError'],
    [502, 'Unknown'],
    [429, 'Unknown'],
  ])('takes HTTP %i %s as passing', async (status, name) => {
    const { store } = await scriptedStore([{ status, code: name }]);
    await expect(store.put('a', text('x'), createOnly)).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      retryable: true,
    });
  });

  it('says that an object lies in an archive', async () => {
    const { store } = await scriptedStore([{ status: 403, code: 'InvalidObjectState' }]);
    await expect(store.get('a')).rejects.toMatchObject({ code: 'OBJECT_ARCHIVED' });
  });

  it('asks again while two writers meet, and then knows who won', async () => {
    const conflict = { status: 409, code: 'ConditionalRequestConflict' };
    const { store, requests } = await scriptedStore([
      conflict,
      conflict,
      { status: 412, code: 'PreconditionFailed' },
      { status: 200, headers: { 'content-length': '5' } },
    ]);
    await expect(store.put('a', text('x'), createOnly)).rejects.toMatchObject({
      code: 'OBJECT_EXISTS',
    });
    expect(requests.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'PUT', 'HEAD']);
  });

  it('deletes plainly where the store has no versions', async () => {
    const { store, requests } = await scriptedStore([
      { status: 501, code: 'NotImplemented' },
      { status: 204 },
    ]);
    await store.delete('a');
    await store.delete('b');
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /',
      'DELETE /backups/a',
      'DELETE /backups/b',
    ]);
  });

  it('takes the words of a store about a lock', async () => {
    const { store } = await scriptedStore([
      { status: 200, body: '<VersioningConfiguration/>' },
      {
        status: 400,
        body: '<Error><Code>InvalidRequest</Code><Message>Object is WORM protected</Message></Error>',
      },
    ]);
    await expect(store.delete('a')).rejects.toMatchObject({ code: 'OBJECT_LOCKED' });
  });

  it('finds out a store that replaces although asked not to', async () => {
    const { store } = await scriptedStore([{ status: 200 }]);
    const { findings } = await store.probe();
    expect(findings.find(({ subject }) => subject === 'create-only')).toMatchObject({
      level: 'error',
      detail: expect.stringContaining('could mix'),
    });
  });
});
