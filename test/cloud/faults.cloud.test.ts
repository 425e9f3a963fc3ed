/** What goes wrong in the cloud: after each, the right alert once, no half backup listed, the next run good. */
import { DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import type { DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { failureReport } from '../../src/core/failure.ts';
import { type S3Front, startS3Front } from './lab/s3-front.ts';
import { buildDeployedWorld, type DeployedWorld } from './world.ts';

let world: DeployedWorld;
let front: S3Front;

const outcome = ({ output = '' }: DescribeExecutionCommandOutput): unknown => JSON.parse(output);

const report = ({ error = '', cause = '' }: DescribeExecutionCommandOutput) =>
  failureReport({ Error: error, Cause: cause });

async function told(source: string): Promise<string[]> {
  const messages = await world.inbox.messages();
  return messages.map(({ subject }) => subject).filter((subject) => subject.includes(source));
}

async function listed(source: string): Promise<number> {
  const { stdout } = await world.holdfast('--local', 'list', source, '--json');
  const { result } = JSON.parse(stdout) as { result: { backups: unknown[] } };
  return result.backups.length;
}

const failed = (source: string) => `[holdfast] Backup of ${source} failed`;
const recovered = (source: string) => `[holdfast] Recovered: Backup of ${source} failed`;

/** The end of each story: one alert, no set, then a good run that says that it is over. */
async function expectRecovery(source: string): Promise<void> {
  expect(await told(source)).toEqual([failed(source)]);
  expect(await listed(source)).toBe(0);
  expect(outcome(await world.backup(source))).toMatchObject({ outcome: 'good' });
  expect(await told(source)).toEqual([failed(source), recovered(source)]);
  expect(await listed(source)).toBe(1);
}

/** The container that works for an execution. */
async function container(): Promise<string> {
  const ids = async () => (await world.cloud.podman('ps', '--quiet')).trim();
  await expect.poll(ids, { timeout: 30_000 }).not.toBe('');
  return ids();
}

/** Holds every dump of a database as long as `work` takes. */
async function whileHeld<T>(database: string, work: () => Promise<T>): Promise<T> {
  const lock = `begin; lock table orders in access exclusive mode; select pg_sleep(60)`;
  const held = world.server.query(lock, { database }).catch(() => []);
  try {
    return await work();
  } finally {
    const end = `select pg_terminate_backend(pid) from pg_stat_activity where query like 'begin; lock%'
      and pid <> pg_backend_pid()`;
    await world.server.query(end);
    await held;
  }
}

/** The dump has come so far that it waits for the table. */
async function untilWaiting(database: string): Promise<void> {
  const sql = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = '${database}'`;
  await expect.poll(() => world.server.query(sql), { timeout: 30_000 }).not.toEqual([]);
}

describe.skipIf(inject('noContainers') !== '')('faults of the deployed form', () => {
  beforeAll(async () => {
    const names = ['gone', 'killed', 'stopped', 'unsigned', 'busy', 'dropped', 'twice'];
    world = await buildDeployedWorld({
      sources: Object.fromEntries(names.map((name) => [name, {}])),
      front: async (cloud) => {
        front = await startS3Front(cloud.endpoint);
        return front.endpoint;
      },
    });
  });
  afterAll(async () => {
    await world?.close();
    await front?.stop();
  });

  test('a database that refuses: the execution says why', async () => {
    await world.server.query('alter database gone rename to hidden');
    const run = await world.backup('gone');
    expect(run.status).toBe('FAILED');
    expect(report(run)).toMatchObject({ code: 'DATABASE_MISSING' });
    await world.server.query('alter database hidden rename to gone');
    await expectRecovery('gone');
  });

  test('a container that is killed, as for want of memory', async () => {
    const run = await whileHeld('killed', async () => {
      const started = await world.start({ source: 'killed' });
      const working = await container();
      await untilWaiting('killed');
      await world.cloud.podman('kill', '--signal', 'KILL', working);
      return world.finished(started);
    });
    expect(run.status).toBe('FAILED');
    expect(report(run).message).toContain('137');
    expect(await told('killed')).toEqual([failed('killed')]);
    expect(await listed('killed')).toBe(0);
  });

  test('a container that is told to stop gives up what it had, and says so', async () => {
    const run = await whileHeld('stopped', async () => {
      const started = await world.start({ source: 'stopped' });
      const working = await container();
      await untilWaiting('stopped');
      await world.cloud.podman('stop', '--time', '30', working);
      return world.finished(started);
    });
    expect(run.status).toBe('FAILED');
    expect(report(run)).toMatchObject({ code: 'INTERRUPTED' });
    await expectRecovery('stopped');
  });

  test('a function that fails: nothing signs what was dumped', async () => {
    const kms = new KMSClient(world.cloud.client);
    const KeyId = String(world.deployment.outputs['SigningKeyArn']);
    await kms.send(new DisableKeyCommand({ KeyId }));
    const run = await world.backup('unsigned');
    await kms.send(new EnableKeyCommand({ KeyId }));
    kms.destroy();
    expect(run.status).toBe('FAILED');
    const unverified = '[holdfast] A backup of unsigned failed verification';
    expect(await told('unsigned')).toEqual([unverified]);
    expect(outcome(await world.backup('unsigned'))).toMatchObject({ outcome: 'good' });
    expect(await told('unsigned')).toEqual([
      unverified,
      '[holdfast] Recovered: A backup of unsigned failed verification',
    ]);
  });

  test.each([
    ['busy', 'slow-down'],
    ['dropped', 'hang-up'],
  ] as const)(
    'S3 is %s for a moment: nobody notices; for long: %s is an alert',
    async (source, kind) => {
      const matching = new RegExp(`(PUT|POST) /acme-vault/data/${source}/`);
      front.make({ kind, matching, times: 2 });
      expect(outcome(await world.backup(source))).toMatchObject({ outcome: 'good' });
      expect(front.made).toBe(2);
      expect(await told(source)).toEqual([]);
      const before = await listed(source);
      front.make({ kind, matching, times: 1000 });
      const run = await world.backup(source);
      front.make({ kind, matching, times: 0 });
      expect(run.status).toBe('FAILED');
      expect(report(run).name).toBe('StoreError');
      expect(await told(source)).toEqual([failed(source)]);
      expect(await listed(source)).toBe(before);
      expect(outcome(await world.backup(source))).toMatchObject({ outcome: 'good' });
      expect(await told(source)).toEqual([failed(source), recovered(source)]);
    },
  );

  test('a schedule delivered twice backs up once', async () => {
    const scheduledTime = '2026-11-21T02:00:00Z';
    const input = { source: 'twice', scheduledTime };
    const started = await Promise.all([world.start(input), world.start(input)]);
    const runs = await Promise.all(started.map((arn) => world.finished(arn)));
    const outcomes = runs.map((run) => (outcome(run) as { outcome: string }).outcome);
    expect(outcomes.toSorted()).toEqual(['good', 'skipped']);
    expect(await listed('twice')).toBe(1);
    expect(await told('twice')).toEqual([]);
  });
});
