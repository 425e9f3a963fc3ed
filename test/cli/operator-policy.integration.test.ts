/** The policy of docs/operate.md: enough to start, follow and look, and for nothing else. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSmallStack, environmentOf } from '../cloud/small-stack.ts';
import { createUser } from '../servers/iam-user.ts';
import { startMinistack } from '../servers/ministack.ts';
import type { S3Server } from '../servers/versitygw.ts';
import { clientOf, createBucket } from '../storage/s3/buckets.ts';
import { runJson } from './run-cli.ts';

let server: S3Server;
let bucket: string;
let cwd: string;
let operator: S3Server['credentials'];
let nobody: S3Server['credentials'];

const key = randomBytes(32).toString('base64');

beforeAll(async () => {
  server = await startMinistack({ auth: true });
  await createSmallStack(server, 'prod');
  bucket = await createBucket(server, 'versioned');
  cwd = await mkdtemp(join(tmpdir(), 'holdfast-operator-'));
  await mkdir(join(cwd, 'shop'));
  await writeFile(join(cwd, 'shop/a.txt'), 'kept');
  const yaml = [
    'vault:',
    `  primary: { url: s3://${bucket}, region: us-east-1, endpoint: ${server.endpoint}, pathStyle: true }`,
    '  encryption: { key: env:HOLDFAST_KEY }',
    `sources: { shop: { engine: files, path: ${cwd}/shop, policies: { daily: { keep: { last: 9 } } } } }`,
    'deploy: {}',
    '',
  ];
  await writeFile(join(cwd, 'holdfast.yaml'), yaml.join('\n'));
  operator = await createUser(server, 'operator', policyOfTheDocumentation());
  nobody = await createUser(server, 'nobody');
  const environment = { ...environmentOf(server), HOLDFAST_KEY: key };
  const { exitCode } = await runJson(['--stage', 'prod', '--local', 'backup'], {
    cwd,
    environment,
  });
  expect(exitCode).toBe(0);
});
afterAll(async () => {
  await server?.stop();
  if (cwd !== undefined) await rm(cwd, { recursive: true, force: true });
});

function policyOfTheDocumentation(): object {
  const page = readFileSync('docs/operate.md', 'utf8');
  const blocks = [...page.matchAll(/^```json\n(.*?)^```/gms)].map(([, text = '']) => text);
  const text = blocks.find((block) => block.includes('"Statement"')) ?? '';
  return JSON.parse(
    text.replaceAll('111122223333', '000000000000').replaceAll('acme-backups', bucket),
  );
}

const as = (credentials: S3Server['credentials'], ...words: string[]) =>
  runJson(['--stage', 'prod', ...words], {
    cwd,
    environment: { ...environmentOf({ ...server, credentials }), HOLDFAST_KEY: '' },
  });

it.each([
  ['backup', 'shop'],
  ['restore', 'shop', '--overwrite'],
  ['drill', 'shop'],
  ['verify', '--all', '--level', 'read'],
  ['list'],
  ['status'],
  ['executions', 'list'],
])('an operator may: %s %s', async (...words) => {
  const { answer } = await as(operator, ...words);
  expect(answer.error).toBeNull();
  expect(answer.ok).toBe(true);
});

it('an operator may look at an execution', async () => {
  const { answer } = await as(operator, 'executions', 'list', '--limit', '1');
  const shown = await as(operator, 'executions', 'show', answer.result.executions[0].id);
  expect(shown.answer.result.history.length).toBeGreaterThan(2);
});

it('an operator reads no data of a backup', async () => {
  const root = clientOf(server);
  const { Contents } = await root.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: 'data/', MaxKeys: 1 }),
  );
  const Key = String(Contents?.[0]?.Key);
  const client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: operator,
    forcePathStyle: true,
  });
  const read = client.send(new GetObjectCommand({ Bucket: bucket, Key }));
  await expect(read).rejects.toMatchObject({ name: 'AccessDenied' });
  for (const each of [root, client]) each.destroy();
});

it('whoever may nothing is told which action is missing', async () => {
  const { exitCode, answer } = await as(nobody, 'executions', 'list');
  expect(exitCode).toBe(1);
  expect(answer.error).toMatchObject({ name: 'CloudError', code: 'AWS_DENIED' });
  expect(answer.error.message).toContain('cloudformation:DescribeStacks');
  expect(answer.error.hint).toContain('docs/operate.md');
});
