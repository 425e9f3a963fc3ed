import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import { openStore } from '../../../src/storage/index.ts';
import { type S3Server, startVersitygw } from '../../servers/versitygw.ts';
import { createOnly, text, textAt } from '../conformance/samples.ts';
import { createBucket } from './buckets.ts';

const run = promisify(execFile);

describe('S3 store with an authority of its own', () => {
  let server: S3Server;
  let tls: Server;
  let folder = '';
  let bucket = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-authority-'));
    server = await startVersitygw();
    bucket = await createBucket(server, 'plain');
    const [key, ca] = [join(folder, 'key.pem'), join(folder, 'ca.pem')];
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = ['-keyout', key, '-out', ca];
    await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject]);
    const port = Number(new URL(server.endpoint).port);
    tls = createServer({ key: await readFile(key), cert: await readFile(ca) }, (client) => {
      const upstream = connect(port, '127.0.0.1');
      for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
      client.pipe(upstream).pipe(client);
    });
    tls.on('tlsClientError', () => {});
    tls.listen(0, '127.0.0.1');
    await once(tls, 'listening');
  });
  afterAll(async () => {
    tls.close();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  function open(ca?: string): Promise<ObjectStore> {
    const { port } = tls.address() as { port: number };
    const place = { url: `s3://${bucket}`, endpoint: `https://127.0.0.1:${port}`, pathStyle: true };
    const destination = ca === undefined ? place : { ...place, ca };
    return openStore(destination, { baseDir: folder, s3: { credentials: server.credentials } });
  }

  it('trusts the file that `ca:` names, from the folder of the configuration', async () => {
    const store = await open('file:ca.pem');
    await store.put('a', text('x'), createOnly);
    expect(await textAt(store, 'a')).toBe('x');
    await store.close();
  });

  it('refuses an unknown authority, without trying again, and names `ca:`', async () => {
    const store = await open();
    await expect(store.put('b', text('x'), createOnly)).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      retryable: false,
      hint: expect.stringContaining('ca: file:'),
    });
    await store.close();
  });
});
