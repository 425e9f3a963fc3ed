/** The primary Region is dark: what was replicated is restored by the stack that stands by in the other one. */
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Inbox, openInbox } from './lab/inbox.ts';
import { makeSecret, recoveryRegion } from './lab/recovery-place.ts';
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

/** As its Region sees it: nothing that is signed for it is answered any more. */
async function darken(region: string): Promise<void> {
  const answer = await fetch(`${world.cloud.endpoint}/_lab/dark/${region}`, { method: 'POST' });
  expect(answer.status).toBe(204);
}

describe.skipIf(inject('noContainers') !== '')('two Regions', () => {
  beforeAll(async () => {
    world = await buildDeployedWorld({ sources: { shop: { rpo: '5s' } }, recovery: true });
    west = inRegion(world.cloud, recoveryRegion);
    alerts = await openInbox(west, 'there');
    await makeSecret(west, 'shop-copy', world.server.urlOf('shop_copy'));
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

  test('with the first Region dark, the other restores from the copy by its own machine', async () => {
    await darken(world.cloud.region);
    expect((await world.holdfast('--stage', stage, 'list', '--json')).exitCode).not.toBe(0);
    const restored = await recovery('restore', 'shop', '--to', 'secretsmanager:shop-copy#url');
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
