/** Runs the steps of docs/backup-format.md as they stand there. */
import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layout } from '../../../src/core/layout.ts';
import { openSink } from '../../../src/pipeline/data-path/index.ts';
import { aesRecipient, createSetKey, rsaRecipient } from '../../../src/pipeline/keys/index.ts';
import {
  commitManifest,
  createOrOpenVault,
  wrapSetKey,
} from '../../../src/pipeline/vault/index.ts';
import { openDirectoryStore } from '../../../src/storage/directory/index.ts';
import { commitSet, flipBit, tamper } from '../vault/sample-set.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const venv = join(root, '.cache/restore-venv');
const script = 'restore-without-holdfast.py';
const aesKey = randomBytes(32).toString('base64');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privatePem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();

let folder: string;
let id: string;
let steps: string[];

beforeAll(async () => {
  steps = await documentedSteps();
  await prepareVenv(steps.slice(1, 3));
  folder = await mkdtemp(join(tmpdir(), 'holdfast-restore-'));
  await copyFile(join(root, 'docs', script), join(folder, script));
  await symlink(venv, join(folder, 'restore-venv'));
  id = await storeSet(join(folder, 'vault'));
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Every line of every `sh` block of the section, in order. */
async function documentedSteps(): Promise<string[]> {
  const text = await readFile(join(root, 'docs/backup-format.md'), 'utf8');
  const section = text.split('\n## ').find((each) => each.startsWith('Restore without Holdfast'));
  const blocks = [...(section ?? '').matchAll(/```sh\n([\s\S]*?)```/g)];
  return blocks.flatMap(([, block = '']) =>
    block
      .trim()
      .split('\n')
      .map((line) => line.trim()),
  );
}

/** Made once: installing takes longer than all the rest. */
async function prepareVenv(lines: readonly string[]): Promise<void> {
  if (existsSync(venv)) return;
  const place = await mkdtemp(join(tmpdir(), 'holdfast-venv-'));
  for (const line of lines) await shell(line, place);
  await mkdir(join(root, '.cache'), { recursive: true });
  await rename(join(place, 'restore-venv'), venv).catch(async () => {
    await run('cp', ['-a', join(place, 'restore-venv'), venv]);
  });
  await rm(place, { recursive: true, force: true });
}

async function storeSet(directory: string): Promise<string> {
  await mkdir(directory);
  const store = openDirectoryStore(pathToFileURL(directory).href);
  const recipients = [aesRecipient(aesKey), rsaRecipient(publicPem)];
  const vault = await createOrOpenVault({ store, recipients, now: () => new Date() });
  const sample = await commitSet(vault);
  const set = { source: 'orders', id: `${sample.id.slice(0, -8)}0badcafe` as typeof sample.id };
  const setKey = createSetKey();
  await wrapSetKey(vault, set, setKey);
  const sink = openSink({
    vault,
    source: set.source,
    backupId: set.id,
    setKey,
    limits: { concurrency: 2, memoryMiB: 256 },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    maxObjectBytes: 3 * 1024 * 1024,
  });
  await sink.command({ name: 'data', role: 'data' }, { argv: ['seq', '1', '5000000'] });
  const body = { ...sample.body, id: set.id, streams: sink.streams() };
  await commitManifest(vault, body, setKey);
  expect(sink.streams()[0]?.objects.length).toBeGreaterThan(1);
  return set.id;
}

const shell = (line: string, cwd: string) =>
  run('bash', ['-o', 'pipefail', '-c', line], { cwd, maxBuffer: 64 * 1024 * 1024 });

/** The documented line, for the backup of this test. */
const step = (n: number) => String(steps[n]).replaceAll('20261121T020000Z-daily-1a2b3c4d', id);

async function restore(secret: string): Promise<string> {
  await writeFile(join(folder, 'secret.txt'), secret, { mode: 0o600 });
  await shell(step(3), folder);
  return createHash('sha256')
    .update(await readFile(join(folder, 'data')))
    .digest('hex');
}

/** Of `seq 1 5000000`. */
const expected = 'cb55d986df9aa5351f8c3a05b268138f63a593a742348ff4074656136b7071da';

describe('the documented restore without Holdfast', () => {
  it('shows the manifest', async () => {
    expect(steps).toHaveLength(4);
    expect((await shell(step(0), folder)).stdout).toContain('"streams"');
  });

  it('restores the same bytes with the AES key', async () => {
    expect(await restore(`${aesKey}\n`)).toBe(expected);
  });

  it('restores the same bytes with the offline private key', async () => {
    expect(await restore(privatePem)).toBe(expected);
  });

  it('says when the secret opens nothing', async () => {
    await expect(restore(randomBytes(32).toString('base64'))).rejects.toThrow(/opens no key file/);
  });

  it('names a damaged object', async () => {
    const store = openDirectoryStore(pathToFileURL(join(folder, 'vault')).href);
    const key = layout.object({ source: 'orders', id: id as never }, 'data', 1);
    await tamper(store, key, flipBit(1000));
    await expect(restore(aesKey)).rejects.toThrow(/data\.1 is damaged/);
    await tamper(store, key, flipBit(1000));
    expect(await restore(aesKey)).toBe(expected);
  });
});
