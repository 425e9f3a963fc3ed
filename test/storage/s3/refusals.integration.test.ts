import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Destination } from '../../../src/core/config/schema.ts';
import { openStore } from '../../../src/storage/index.ts';
import { type S3Server, startVersitygw } from '../../servers/versitygw.ts';
import { createOnly, text } from '../conformance/samples.ts';
import { createBucket, openIn } from './buckets.ts';

describe('S3 store that is refused', () => {
  let server: S3Server;
  let url = '';
  beforeAll(async () => {
    server = await startVersitygw();
    url = `s3://${await createBucket(server, 'plain')}`;
  });
  afterAll(() => server.stop());

  const openAt = (destination: Partial<Destination>) =>
    openStore({ url, ...destination }, { baseDir: '/', s3: { credentials: server.credentials } });

  it('says of a missing bucket that it is missing, whatever is asked', async () => {
    const store = await openIn(server, { url: 's3://no-such-bucket' });
    const missing = { code: 'STORE_MISSING', message: expect.stringContaining('NoSuchBucket') };
    await expect(store.put('a', text('x'), createOnly)).rejects.toMatchObject(missing);
    await expect(store.get('a')).rejects.toMatchObject(missing);
    await expect(store.head('a')).rejects.toMatchObject(missing);
    await expect(store.delete('a')).rejects.toMatchObject(missing);
    const { findings } = await store.probe();
    expect(findings).toEqual([expect.objectContaining({ subject: 'write', level: 'error' })]);
  });

  it.each([
    ['another key', { accessKeyId: 'other', secretAccessKey: 'x' }],
    ['a wrong secret', { accessKeyId: 'holdfast', secretAccessKey: 'x' }],
  ])('names the credentials when it is given %s', async (_, credentials) => {
    const store = await openIn(server, { url }, { credentials });
    const denied = { code: 'STORE_DENIED', hint: expect.stringContaining('AWS_ACCESS_KEY_ID') };
    await expect(store.put('a', text('x'), createOnly)).rejects.toMatchObject(denied);
    await expect(store.get('a')).rejects.toMatchObject(denied);
  });

  it('says what to look at when nobody listens, or the name is unknown', async () => {
    const refused = { endpoint: 'http://127.0.0.1:1', pathStyle: true };
    const unknown = { endpoint: 'http://nowhere.invalid' };
    for (const destination of [refused, unknown]) {
      const store = await openAt(destination);
      await expect(store.put('a', text('x'), createOnly)).rejects.toMatchObject({
        code: 'STORE_UNREACHABLE',
        retryable: true,
        hint: expect.stringContaining('pathStyle'),
      });
    }
  });

  it('asks for a Region where none is known', async () => {
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE'])
      vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    const store = await openAt({});
    await expect(store.head('a')).rejects.toMatchObject({
      hint: expect.stringContaining('region'),
    });
  });

  it('refuses what it cannot open', async () => {
    const invalid = { code: 'DESTINATION_INVALID' };
    await expect(openAt({ url: 's3://bucket/a b' })).rejects.toMatchObject(invalid);
    await expect(openAt({ url: 'ftp://host/' })).rejects.toMatchObject(invalid);
    await expect(openAt({ ca: 'file:absent.pem' })).rejects.toMatchObject(invalid);
    const lock = { mode: 'governance', days: 7 } as const;
    await expect(openAt({ url: 'file:///tmp/vault', lock })).rejects.toMatchObject(invalid);
  });

  it('reports a lock that the bucket does not have, with the command that adds it', async () => {
    const store = await openIn(server, { url, lock: { mode: 'governance', days: 7 } });
    const { findings } = await store.probe();
    const errors = findings.filter(({ level }) => level === 'error');
    expect(errors).toEqual([
      expect.objectContaining({
        subject: 'lock',
        fix: expect.stringContaining('put-object-lock-configuration'),
      }),
    ]);
  });
});
