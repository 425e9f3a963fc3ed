/** With IAM enforced: each role does its job, and is refused what is not its job. */

import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { KMSClient, SignCommand } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { assumeRole, tasks, trust } from './lab/assume-role.ts';
import { outcome, report, type Stories, storiesOf } from './stories.ts';
import { buildDeployedWorld, type DeployedWorld } from './world.ts';

let world: DeployedWorld;
let stories: Stories;
let manifest: string;

/** How long credentials of a task are good. A dump is held for longer. */
const credentialSeconds = 10;

async function clientOf(role: string) {
  return {
    ...world.cloud.client,
    credentials: await assumeRole(world.cloud, `holdfast-lab-${role}`),
  };
}
const s3Of = async (role: string) =>
  new S3Client({ ...(await clientOf(role)), forcePathStyle: true });
const Bucket = 'acme-vault';
const put = (Key: string) => new PutObjectCommand({ Bucket, Key, Body: 'x', IfNoneMatch: '*' });
const refused = { name: expect.stringMatching(/AccessDenied/) };

describe.skipIf(inject('noContainers') !== '')('with IAM enforced', () => {
  beforeAll(async () => {
    world = await buildDeployedWorld({
      auth: true,
      taskCredentialSeconds: credentialSeconds,
      sources: { shop: {}, crm: {}, long: {}, endless: {} },
      buckets: {
        assets: { path: 's3://acme-assets/shop', deploy: { restoreTo: 's3://acme-restored/shop' } },
      },
    });
    stories = storiesOf(world);
  });
  afterAll(() => world?.close());

  test('a backup is dumped, verified and retained, each step in its own role', async () => {
    const { status, output, cause } = await world.backup('shop');
    expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
    expect(JSON.parse(String(output))).toMatchObject({ outcome: 'good' });
    const listed = await (await s3Of('notify')).send(
      new ListObjectsV2Command({ Bucket, Prefix: 'sets/shop/' }),
    );
    manifest = String(listed.Contents?.find(({ Key }) => Key?.endsWith('manifest.json'))?.Key);
    expect(manifest).toMatch(/^sets\/shop\/.*\/manifest\.json$/);
  });

  test('who dumps adds a set, and neither deletes one, nor proves one, nor plays another', async () => {
    const s3 = await s3Of('dump-shared');
    const body = await (await s3.send(new GetObjectCommand({ Bucket, Key: manifest }))).Body;
    expect(await body?.transformToString()).toContain('shop');
    await s3.send(put('data/shop/20261121T020000Z-often-00000000/rest.0'));
    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: manifest }))).rejects.toMatchObject(
      refused,
    );
    const replacing = new PutObjectCommand({ Bucket, Key: manifest, Body: 'x' });
    await expect(s3.send(replacing)).rejects.toMatchObject(refused);
    const attestation = manifest.replace('manifest.json', 'attestations/x-checked.json');
    await expect(s3.send(put(attestation))).rejects.toMatchObject(refused);
    await expect(s3.send(put('signers/x.pem'))).rejects.toMatchObject(refused);
    await expect(s3.send(put('data/other/x'))).rejects.toMatchObject(refused);
    const kms = new KMSClient(await clientOf('dump-shared'));
    await expect(kms.send(sign())).rejects.toMatchObject(refused);
  });

  test('who verifies signs and attests, and neither makes nor deletes a set', async () => {
    const s3 = await s3Of('verify');
    await s3.send(put(manifest.replace('manifest.json', 'attestations/x-checked.json')));
    await expect(s3.send(put('sets/shop/x/manifest.json'))).rejects.toMatchObject(refused);
    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: manifest }))).rejects.toMatchObject(
      refused,
    );
    const { Signature } = await new KMSClient(await clientOf('verify')).send(sign());
    expect(Signature?.length).toBeGreaterThan(60);
  });

  test.for(['plan', 'verify', 'retain', 'notify', 'health', 'copy', 'read'])(
    '%s knows no secret of a source',
    async (role) => {
      const secrets = new SecretsManagerClient(await clientOf(role));
      const read = secrets.send(new GetSecretValueCommand({ SecretId: 'shop-db' }));
      await expect(read).rejects.toMatchObject(refused);
    },
  );

  test('objects of a bucket are dumped, and come back where restores may put them, nowhere else', async () => {
    const root = new S3Client({ ...world.cloud.client, forcePathStyle: true });
    for (const name of ['acme-assets', 'acme-restored']) {
      await root.send(new CreateBucketCommand({ Bucket: name }));
    }
    const facts = { ContentType: 'image/svg+xml', Metadata: { owner: 'anna' } };
    const add = (Key: string, Body: string | Buffer, more: object = {}) =>
      root.send(new PutObjectCommand({ Bucket: 'acme-assets', Key, Body, ...more }));
    const large = Buffer.alloc((9 << 20) + 1, 'holdfast');
    await add('shop/logo.svg', '<svg/>', { ...facts, Tagging: 'team=red' });
    await add('shop/deep/large', large);
    await add('other/secret', 'not of the source');
    expect(outcome(await world.backup('assets'))).toMatchObject({ outcome: 'good' });

    const target = 's3://acme-restored/shop/today';
    const restored = await world.restore({ source: 'assets', target });
    expect([restored.status, restored.cause]).toEqual(['SUCCEEDED', undefined]);
    const back = (Key: string) => ({ Bucket: 'acme-restored', Key: `shop/today/${Key}` });
    const logo = await root.send(new GetObjectCommand(back('logo.svg')));
    expect(logo).toMatchObject({ ...facts, TagCount: 1 });
    expect(await logo.Body?.transformToString()).toBe('<svg/>');
    const { Body } = await root.send(new GetObjectCommand(back('deep/large')));
    expect((await Body?.transformToString()) === large.toString()).toBe(true);
    const { KeyCount } = await root.send(new ListObjectsV2Command({ Bucket: 'acme-restored' }));
    expect(KeyCount).toBe(2);

    await add('shop/logo.svg', 'changed');
    const source = 's3://acme-assets/shop';
    const denied = await world.restore({ source: 'assets', target: source, overwrite: true });
    expect(denied.status).toBe('FAILED');
    expect(String(denied.cause)).toMatch(/AccessDenied/);
    const kept = await root.send(
      new GetObjectCommand({ Bucket: 'acme-assets', Key: 'shop/logo.svg' }),
    );
    expect(await kept.Body?.transformToString()).toBe('changed');
    root.destroy();
  });

  test('who dumps a bucket does not write to it; who restores to one deletes nothing there', async () => {
    const assets = { Bucket: 'acme-assets', Key: 'shop/logo.svg' };
    const restored = { Bucket: 'acme-restored', Key: 'shop/today/logo.svg' };
    const [dump, restore] = [await s3Of('dump-shared'), await s3Of('restore-shared')];
    await dump.send(new GetObjectCommand(assets));
    await restore.send(new PutObjectCommand({ ...restored, Body: 'x' }));
    const wrong = [
      () => dump.send(new PutObjectCommand({ ...assets, Body: 'x' })),
      () => dump.send(new DeleteObjectCommand(assets)),
      () => dump.send(new GetObjectCommand({ ...assets, Key: 'other/secret' })),
      () => restore.send(new PutObjectCommand({ ...assets, Body: 'x' })),
      () => restore.send(new PutObjectCommand({ ...restored, Key: 'elsewhere', Body: 'x' })),
      () => restore.send(new DeleteObjectCommand(restored)),
    ];
    for (const attempt of wrong) await expect(attempt()).rejects.toMatchObject(refused);
  });

  const heldFor = async (source: string, meanwhile = async () => {}) => {
    const run = await stories.whileHeld(source, async () => {
      const started = await world.start({ source });
      await stories.untilWaiting(source);
      await meanwhile();
      await sleep(credentialSeconds * 2000);
      return started;
    });
    return world.finished(run);
  };

  test('a dump that takes longer than its credentials are good fetches new ones and ends', async () => {
    expect(outcome(await heldFor('long'))).toMatchObject({ outcome: 'good' });
    expect(await stories.told('long')).toEqual([]);
  });

  test('a dump whose credentials end for good leaves no half backup, and its reason', async () => {
    const role = 'holdfast-lab-dump-shared';
    const nobody = { Service: 'nobody.amazonaws.com' };
    const run = await heldFor('endless', () => trust(world.cloud, role, nobody));
    await trust(world.cloud, role, { Service: tasks });
    expect(run.status).toBe('FAILED');
    // Without credentials a task leaves no note in the vault: what it says is in its log.
    expect(report(run).message).toContain('the task exited 1');
    const logs = new CloudWatchLogsClient(world.cloud.client);
    const place = { logGroupName: '/holdfast/lab/tasks', filterPattern: '"endless"' };
    const { events = [] } = await logs.send(new FilterLogEventsCommand(place));
    logs.destroy();
    const said = events.map(({ message = '' }) => message).filter((line) => line.includes('error'));
    expect(said.at(-1)).toMatch(/"code":"STORE_DENIED"/);
    await stories.expectRecovery('endless');
  });
});

const sign = () =>
  new SignCommand({
    KeyId: String(world.deployment.outputs['SigningKeyArn']),
    Message: Buffer.from('x'),
    SigningAlgorithm: 'ECDSA_SHA_256',
  });
