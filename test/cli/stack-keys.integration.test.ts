/** `kms: stack` from this machine: while the stack is there, and when it is gone. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSmallStack, deleteSmallStack, environmentOf } from '../cloud/small-stack.ts';
import { startMinistack } from '../servers/ministack.ts';
import type { S3Server } from '../servers/versitygw.ts';
import { createBucket } from '../storage/s3/buckets.ts';
import { runJson } from './run-cli.ts';

let server: S3Server;
let cwd: string;

beforeAll(async () => {
  server = await startMinistack();
  await createSmallStack(server, 'prod');
  const bucket = await createBucket(server, 'versioned');
  cwd = await mkdtemp(join(tmpdir(), 'holdfast-keys-'));
  await mkdir(join(cwd, 'shop'));
  await writeFile(join(cwd, 'shop/a.txt'), 'kept');
  const yaml = [
    'vault:',
    `  primary: { url: s3://${bucket}, region: us-east-1, endpoint: ${server.endpoint}, pathStyle: true }`,
    '  encryption: { recipients: [{ kms: stack }] }',
    '  signing: { kms: stack }',
    `sources: { shop: { engine: files, path: ${cwd}/shop, policies: { daily: { keep: { last: 9 } } } } }`,
    'deploy: {}',
    '',
  ];
  await writeFile(join(cwd, 'holdfast.yaml'), yaml.join('\n'));
});
afterAll(async () => {
  await server?.stop();
  if (cwd !== undefined) await rm(cwd, { recursive: true, force: true });
});

const run = (words: string[], more: Record<string, string> = {}) =>
  runJson(words, { cwd, environment: { ...environmentOf(server), ...more } });
const restore = (to: string) => ['--stage', 'prod', '--local', 'restore', 'shop', '--to', to];

it('the stack tells the keys: backed up, signed and restored on this machine', async () => {
  const made = await run(['--stage', 'prod', '--local', 'backup']);
  expect(made.answer.result.backups[0]).toMatchObject({
    outcome: 'good',
    set: { proof: 'checked' },
  });
  expect((await run(restore(join(cwd, 'first')))).answer).toMatchObject({ ok: true });
});

it('without a stage nobody knows which stack to ask', async () => {
  const { exitCode, answer } = await run(['backup']);
  expect(exitCode).toBe(2);
  expect(answer.warnings).toContainEqual(expect.stringContaining('no --stage is named'));
  expect(answer.error.message).toContain(
    'HOLDFAST_VAULT_KEY_ARN is not set, and no stage says which',
  );
});

it('with the stack gone the vault says which key opens it, and the environment brings it back', async () => {
  await deleteSmallStack(server, 'prod');
  const lost = await run(restore(join(cwd, 'lost')));
  expect(lost.exitCode).toBe(2);
  expect(lost.answer.error).toMatchObject({ code: 'STACK_KEY_UNKNOWN' });
  const { answer } = await run(['--stage', 'prod', 'keys']);
  const [key] = answer.result.keys;
  expect(key).toMatchObject({ configured: false, sets: 1 });
  expect(answer.warnings[0]).toContain('kms: stack is not known');
  const HOLDFAST_VAULT_KEY_ARN = key.id.replace(/^kms:/, '');
  const found = await run(restore(join(cwd, 'second')), { HOLDFAST_VAULT_KEY_ARN });
  expect(found.answer).toMatchObject({ ok: true, exitCode: 0 });
  expect(await readFile(join(cwd, 'second/a.txt'), 'utf8')).toBe('kept');
});
