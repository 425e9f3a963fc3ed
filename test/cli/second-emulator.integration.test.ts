/** A vault on an S3 emulator by other people: what is backed up there comes back. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { startMoto } from '../servers/moto.ts';
import type { S3Server } from '../servers/versitygw.ts';
import { createBucket } from '../storage/s3/buckets.ts';
import { runCli } from './run-cli.ts';

let server: S3Server;
let folder: string;

beforeAll(async () => {
  server = await startMoto();
  folder = await mkdtemp(join(tmpdir(), 'holdfast-second-'));
  await mkdir(join(folder, 'uploads'));
  await writeFile(join(folder, 'uploads/letter.txt'), 'Dear reader');
  const bucket = await createBucket(server, 'versioned');
  const { endpoint } = server;
  const primary = { url: `s3://${bucket}`, region: 'us-east-1', endpoint, pathStyle: true };
  const yaml = {
    vault: { primary, encryption: { key: 'env:HOLDFAST_KEY' } },
    sources: {
      uploads: { engine: 'files', path: join(folder, 'uploads'), policies: { daily: {} } },
    },
  };
  await writeFile(join(folder, 'holdfast.yaml'), stringify(yaml));
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

test('a backup on a second emulator is verified and restored', async () => {
  const environment = {
    NO_COLOR: '1',
    HOLDFAST_KEY: Buffer.alloc(32, 7).toString('base64'),
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
  };
  const holdfast = (...words: string[]) => runCli(words, { cwd: folder, environment });
  const target = join(folder, 'restored');
  for (const words of [
    ['backup', 'uploads'],
    ['verify', 'uploads'],
    ['restore', 'uploads', '--to', target],
  ]) {
    const ran = await holdfast(...words);
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  }
  expect(await readFile(join(target, 'letter.txt'), 'utf8')).toBe('Dear reader');
});
