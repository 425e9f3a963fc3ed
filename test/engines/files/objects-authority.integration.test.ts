/** A bucket behind a certificate that only `ca:` makes good. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { filesEngine } from '../../../src/engines/files/engine.ts';
import { createSecrets } from '../../../src/wiring/secrets/secrets.ts';
import { startVersitygw } from '../../servers/versitygw.ts';
import { Bucket, type BucketBench, openBucketBench, restoreTo } from './bucket-bench.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

const run = promisify(execFile);

describe('a bucket with an authority of its own', () => {
  let bench: Workbench;
  let place: BucketBench;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-authority-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'ca.pem')];
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = ['-keyout', key, '-out', cert];
    await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject]);
    const start = () => startVersitygw({ tls: { cert, key } });
    place = await openBucketBench(start, await readFile(cert, 'utf8'));
    await place.put('own/a', 'A');
  });
  beforeEach(() => {
    bench = openWorkbench();
  });
  afterEach(() => bench.close());
  afterAll(async () => {
    await place?.stop();
    await rm(folder, { recursive: true });
  });

  it('is dumped, checked and restored to over TLS with `ca:`, from the folder of the configuration', async () => {
    expect(place.server.endpoint).toMatch(/^https:/);
    const { resolve } = createSecrets({ baseDir: folder, environment: {}, warn: () => {} });
    const context = { secret: resolve };
    const source = place.source('own', { ca: 'file:ca.pem' });
    const [found] = await filesEngine.check(bench.context(source, context));
    expect(found).toMatchObject({ level: 'ok', detail: 'listed and read' });
    const taken = await bench.dump({ source, context });
    const request = { target: `s3://${Bucket}/back` };
    const report = await restoreTo(bench, taken, { source, context, request });
    expect(report.comparison).toMatchObject({ units: 1, differences: [] });
    expect(await place.text('back/a')).toBe('A');
  });

  it('is refused without, and `ca:` is named', async () => {
    const source = place.source('own');
    await expect(bench.dump({ source })).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      retryable: false,
      hint: expect.stringContaining('ca: file:'),
    });
    const [found] = await filesEngine.check(bench.context(source));
    expect(found).toMatchObject({ level: 'error', fix: expect.stringContaining('ca: file:') });
  });
});
