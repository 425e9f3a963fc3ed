import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { stringify } from 'yaml';
import { runCli } from '../cli/run-cli.ts';
import { type Cloud, makeTaskImages, startCloud } from '../cloud/lab.ts';
import { type PostgresFixture, startPostgres } from '../servers/postgres.ts';

let cloud: Cloud;
let server: PostgresFixture;
let s3: S3Client;
let folder: string;
let image: string;

const Bucket = 'vault';

beforeAll(async () => {
  if (inject('noContainers') !== '') return;
  image = (await makeTaskImages()).dump.image;
  [cloud, server] = await Promise.all([startCloud(), startPostgres()]);
  folder = await mkdtemp(join(tmpdir(), 'holdfast-image-'));
  s3 = new S3Client(cloud.client);
  await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  await fill();
  await writeFile(join(folder, 'holdfast.yaml'), stringify(await configuration()));
  // The task expects the vault that the plan of the first run has made.
  await holdfast('backup', 'shop');
});
afterAll(async () => {
  s3?.destroy();
  await Promise.all([cloud?.stop(), server?.stop()]);
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

async function fill(): Promise<void> {
  await server.query('create database shop');
  await server.query(
    `create table orders as select n as id, gen_random_uuid() as token from generate_series(1, 1500000) n;
     alter table orders add primary key (id)`,
    { database: 'shop' },
  );
}

async function configuration(): Promise<object> {
  const kms = new KMSClient(cloud.client);
  const [encrypts, signs] = await Promise.all([
    kms.send(new CreateKeyCommand({})),
    kms.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })),
  ]);
  const secrets = new SecretsManagerClient(cloud.client);
  const SecretString = JSON.stringify({ url: server.urlOf('shop') });
  await secrets.send(new CreateSecretCommand({ Name: 'shop-db', SecretString }));
  const shop = {
    engine: 'postgres',
    connection: 'secretsmanager:shop-db#url',
    policies: { daily: {} },
  };
  return {
    vault: {
      primary: {
        url: `s3://${Bucket}/team`,
        region: cloud.region,
        lock: { mode: 'governance', days: 1 },
      },
      encryption: { recipients: [{ kms: encrypts.KeyMetadata?.Arn }] },
      signing: { kms: signs.KeyMetadata?.Arn },
    },
    sources: { shop },
    stages: { slow: { limits: { uploadMiBPerSecond: 1 } } },
  };
}

/** Starts the dump task as ECS does, and gives the container's id and its execution. */
async function startDump(stage?: string) {
  const execution = `test-${randomUUID()}`;
  const input = { source: 'shop', policy: 'daily', method: 'dump', parent: null };
  const environment = {
    ...cloud.env,
    HOLDFAST_VERB: 'dump',
    HOLDFAST_EXECUTION: execution,
    HOLDFAST_INPUT: JSON.stringify(input),
    HOLDFAST_CONFIG: '/etc/holdfast.yaml',
    ...(stage === undefined ? {} : { HOLDFAST_STAGE: stage }),
  };
  const id = await cloud.podman(
    ...['run', '--detach', '--read-only', '--read-only-tmpfs=false', '--network', 'host'],
    ...['--cpus', '1', '--memory', '512m', '--cap-drop', 'all'],
    ...['--volume', `${join(folder, 'holdfast.yaml')}:/etc/holdfast.yaml:ro`],
    ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    image,
  );
  return { id: id.trim(), execution };
}

const exitCode = async (id: string) => Number(await cloud.podman('wait', id));

async function result(execution: string): Promise<unknown> {
  const Key = `team/results/${execution}/dump.json`;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return JSON.parse((await Body?.transformToString()) ?? '');
}

async function uploads(): Promise<number> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  return Uploads.length;
}

/** A key that is locked stays where a set was given up; its manifest is what counts. */
async function committed(): Promise<string[]> {
  const Prefix = 'team/sets/shop/';
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.map(({ Key = '' }) => Key).filter((key) => key.endsWith('/manifest.json'));
}

const sum = async (database: string) =>
  server.query('select count(*)::int as rows, sum(hashtext(token::text)) from orders', {
    database,
  });

/** The command line on this machine, with nothing but the bucket and the keys. */
const holdfast = (...words: string[]) =>
  runCli(words, { cwd: folder, environment: { ...cloud.env, NO_COLOR: '1' } });

describe.skipIf(inject('noContainers') !== '')('the image of the dump', () => {
  test('dumps a database into a locked bucket, and the set is restored on this machine', async () => {
    const { id, execution } = await startDump();
    expect(await exitCode(id), await cloud.logs(id)).toBe(0);
    expect(await result(execution)).toMatchObject({ method: 'dump', partial: false });
    const restored = await holdfast('restore', 'shop', '--to', server.urlOf('copy'));
    expect(restored, restored.stderr).toMatchObject({ exitCode: 0 });
    expect(await sum('copy')).toEqual(await sum('shop'));
  });

  test('runs as nobody special, and writes to its scratch folder alone', async () => {
    const script = 'id -u; touch /opt/x || touch /var/tmp/x || touch /tmp/x && echo scratch';
    const flags = ['--rm', '--read-only', '--read-only-tmpfs=false', '--network', 'none'];
    const said = await cloud.podman('run', ...flags, '--entrypoint', 'sh', image, '-c', script);
    expect(said.trim().split('\n')).toEqual(['10001', 'scratch']);
  });

  test('stopped in the middle, it leaves no upload and no set, and says why', async () => {
    const before = await committed();
    const { id, execution } = await startDump('slow');
    await expect.poll(uploads, { timeout: 60_000 }).toBeGreaterThan(0);
    const asked = performance.now();
    await cloud.podman('stop', '--time', '30', id);
    expect(performance.now() - asked).toBeLessThan(10_000);
    expect(await exitCode(id)).toBe(130);
    expect(await uploads()).toBe(0);
    expect(await result(execution)).toMatchObject({ error: { code: 'INTERRUPTED' } });
    expect(await committed()).toEqual(before);
  });

  test('killed in the middle, it is no backup, and the next run is good', async () => {
    const before = await committed();
    const { id } = await startDump('slow');
    await expect.poll(uploads, { timeout: 60_000 }).toBeGreaterThan(0);
    await cloud.podman('kill', '--signal', 'KILL', id);
    expect(await exitCode(id)).toBe(137);
    expect(await committed()).toEqual(before);
    // Whoever cannot see that it died waits for its lease to run out: a minute.
    const next = async () => exitCode((await startDump()).id);
    await expect.poll(next, { timeout: 90_000, interval: 10_000 }).toBe(0);
  });
});
