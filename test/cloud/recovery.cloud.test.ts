/** The primary Region is dark: what was replicated is restored by the stack that stands by in the other one. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { assumeRole } from './lab/assume-role.ts';
import { type Inbox, openInbox } from './lab/inbox.ts';
import { seedLedger } from './lab/ledger.ts';
import { changeSecret, recoveryRegion } from './lab/recovery-place.ts';
import { type Cloud, inRegion } from './lab.ts';
import { buildDeployedWorld, type DeployedWorld, stage } from './world.ts';

let world: DeployedWorld;
let west: Cloud;
let alerts: Inbox;

const recovery = (...words: string[]) => world.holdfast('--stage', `${stage}-recovery`, ...words);

const sum = (database: string) =>
  world.server.query('select count(*)::int as rows, sum(hashtext(token)) from orders', {
    database,
  });

async function checkHealthThere(): Promise<string | undefined> {
  const client = new SFNClient(west.client);
  const stateMachineArn = world.deployment.recovery?.outputs['HealthMachineArn'];
  const started = await client.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
  client.destroy();
  return (await world.finished(String(started.executionArn), west)).status;
}

async function readThere(Key: string): Promise<string> {
  const s3 = new S3Client({ ...west.client, forcePathStyle: true });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'acme-west', Key }));
  const text = String(await Body?.transformToString());
  s3.destroy();
  return text;
}

/** The ids that the stack over there lists. */
async function idsIn(source: string): Promise<string[]> {
  const { stdout } = await recovery('list', source, '--json');
  const { result } = JSON.parse(stdout) as { result: { backups: Backup[] } };
  return result.backups.map(({ id }) => id);
}

/** The first execution of its retention of `ledger` that its schedule starts after `since`, at its end. */
async function retainedThere(since: Date) {
  const client = new SFNClient(west.client);
  const stateMachineArn = world.deployment.recovery?.outputs['RetainMachineArn'];
  for (let waited = 0; waited < 150_000; waited += 1000) {
    const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
    const found = executions.find(
      ({ name = '', startDate = since, status }) =>
        name.startsWith('retain-ledger-') && startDate > since && status !== 'RUNNING',
    );
    if (found) {
      client.destroy();
      return world.finished(String(found.executionArn), west);
    }
    await sleep(1000);
  }
  throw new Error('its schedule started no retention');
}

/** As its Region sees it: nothing that is signed for it is answered any more. */
async function darken(region: string): Promise<void> {
  const answer = await fetch(`${world.cloud.endpoint}/_lab/dark/${region}`, { method: 'POST' });
  expect(answer.status).toBe(204);
}

describe.skipIf(inject('noContainers') !== '')('two Regions', () => {
  beforeAll(async () => {
    const sources = { shop: { rpo: '5s' }, ledger: { rpo: '365d' } };
    world = await buildDeployedWorld({ auth: true, sources, recovery: true });
    west = inRegion(world.cloud, recoveryRegion);
    alerts = await openInbox(west, 'there');
    // Of the same group: a restore reads the secrets of its own sources alone.
    await changeSecret(west, 'ledger-db', world.server.urlOf('shop_copy'));
  });
  afterAll(async () => {
    alerts?.close();
    await world?.close();
  });

  test('a backup of the first is in the copy, locked as it is here, and opens by both keys', async () => {
    const { status, output } = await world.backup('shop');
    expect([status, JSON.parse(String(output))]).toMatchObject(['SUCCEEDED', { outcome: 'good' }]);
    const { stdout, stderr } = await recovery('list', 'shop', '--json');
    expect(stderr).toBe('');
    const { result } = JSON.parse(stdout) as { result: { backups: Backup[] } };
    expect(result.backups).toEqual([
      expect.objectContaining({ state: 'committed', proof: 'checked' }),
    ]);
    const s3 = new S3Client({ ...west.client, forcePathStyle: true });
    const Key = `sets/shop/${result.backups[0]?.id}/manifest.json`;
    const { ObjectLockMode } = await s3.send(new HeadObjectCommand({ Bucket: 'acme-west', Key }));
    expect(ObjectLockMode).toBe('GOVERNANCE');
    s3.destroy();
  });

  test('with the first Region dark, the copy is retained over there: what its plan says, and no more', async () => {
    // Right after one, the next is a minute away.
    await retainedThere(new Date());
    const { held, unproven, base, gone, kept } = await seedLedger(world.cloud);
    await darken(world.cloud.region);
    const run = await retainedThere(new Date());
    const told = await readThere(`results/${run.name}/retain.json`);
    expect(JSON.parse(String(run.output)), told).toEqual({ removed: 2, errors: 0 });
    expect((await idsIn('ledger')).toSorted()).toEqual([held, unproven, base, ...kept]);
    const s3 = new S3Client({ ...west.client, forcePathStyle: true });
    for (const id of gone) {
      const listing = { Bucket: 'acme-west', Prefix: `data/ledger/${id}/` };
      expect((await s3.send(new ListObjectsV2Command(listing))).KeyCount).toBe(0);
    }
    s3.destroy();
  });

  test("and neither that of the first stack nor anybody else's role deletes there", async () => {
    const [id] = await idsIn('ledger');
    const Key = `sets/ledger/${id}/manifest.json`;
    for (const role of ['retain', 'recovery-verify', 'recovery-dump-shared']) {
      const credentials = await assumeRole(west, `holdfast-${stage}-${role}`);
      const s3 = new S3Client({ ...west.client, credentials, forcePathStyle: true });
      const deleting = s3.send(new DeleteObjectCommand({ Bucket: 'acme-west', Key }));
      await expect(deleting, role).rejects.toMatchObject({
        name: expect.stringMatching(/AccessDenied/),
      });
      s3.destroy();
    }
  });

  test('the other restores from the copy by its own machine', async () => {
    expect((await world.holdfast('--stage', stage, 'list', '--json')).exitCode).not.toBe(0);
    const restored = await recovery('restore', 'shop', '--to', 'secretsmanager:ledger-db#url');
    expect(restored, restored.stderr).toMatchObject({ exitCode: 0 });
    expect(restored.stderr).toContain(`arn:aws:states:${recoveryRegion}`);
    expect(await sum('shop_copy')).toEqual(await sum('shop'));
  });

  test('it drills there too, and signs by its own key what it has proved', async () => {
    const drilled = await recovery('drill', 'shop', '--json');
    expect(drilled, drilled.stderr).toMatchObject({ exitCode: 0 });
    const { stdout } = await recovery('list', 'shop', '--json');
    const { result } = JSON.parse(stdout) as { result: { backups: Backup[] } };
    expect(result.backups.map(({ proof }) => proof)).toEqual(['restored']);
  });

  test('that nothing new arrives is an alert, told in the Region that still is', async () => {
    expect(await checkHealthThere()).toBe('SUCCEEDED');
    const told = await alerts.messages();
    expect(told.map(({ subject }) => subject)).toContain('[holdfast] Backup of shop is stale');
    const [message] = told;
    expect(message?.text).toContain(`--stage ${stage}-recovery`);
    expect((await recovery('status', '--quiet')).exitCode).toBe(14);
  });

  test('and backups go on from there', async () => {
    const backed = await recovery('backup', 'shop', '--json');
    expect(backed, backed.stderr).toMatchObject({ exitCode: 0 });
    const checked = await recovery('check');
    expect(checked, checked.stdout).toMatchObject({ exitCode: 0 });
    const { stdout } = await recovery('list', 'shop', '--json');
    const { result } = JSON.parse(stdout) as { result: { backups: Backup[] } };
    expect(result.backups.map(({ proof }) => proof)).toEqual(['checked', 'restored']);
  });
});

interface Backup {
  readonly id: string;
  readonly state: string;
  readonly proof: string;
}
