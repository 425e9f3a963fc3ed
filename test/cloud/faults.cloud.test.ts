/** What goes wrong in the cloud: after each, the right alert once, no half backup listed, the next run good. */
import { DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type S3Front, startS3Front } from './lab/s3-front.ts';
import { failed, outcome, recovered, report, type Stories, storiesOf } from './stories.ts';
import { buildDeployedWorld, type DeployedWorld } from './world.ts';

let world: DeployedWorld;
let stories: Stories;
let front: S3Front;

describe.skipIf(inject('noContainers') !== '')('faults of the deployed form', () => {
  beforeAll(async () => {
    const names = [
      'gone',
      'killed',
      'stopped',
      'unsigned',
      'busy',
      'dropped',
      'twice',
      'slow',
      'unheard',
    ];
    world = await buildDeployedWorld({
      sources: Object.fromEntries(names.map((name) => [name, {}])),
      front: async (cloud) => {
        front = await startS3Front(cloud.endpoint);
        return front.endpoint;
      },
      timeouts: { verify: 12 },
    });
    stories = storiesOf(world);
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
    await stories.expectRecovery('gone');
  });

  test('a container that is killed, as for want of memory', async () => {
    const run = await stories.whileHeld('killed', async () => {
      const started = await world.start({ source: 'killed' });
      const working = await stories.container();
      await stories.untilWaiting('killed');
      await world.cloud.podman('kill', '--signal', 'KILL', working);
      return world.finished(started);
    });
    expect(run.status).toBe('FAILED');
    expect(report(run).message).toContain('137');
    expect(await stories.told('killed')).toEqual([failed('killed')]);
    expect(await stories.listed('killed')).toBe(0);
  });

  test('a container that is told to stop gives up what it had, and says so', async () => {
    const run = await stories.whileHeld('stopped', async () => {
      const started = await world.start({ source: 'stopped' });
      const working = await stories.container();
      await stories.untilWaiting('stopped');
      await world.cloud.podman('stop', '--time', '30', working);
      return world.finished(started);
    });
    expect(run.status).toBe('FAILED');
    expect(report(run)).toMatchObject({ code: 'INTERRUPTED' });
    await stories.expectRecovery('stopped');
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
    expect(await stories.told('unsigned')).toEqual([unverified]);
    expect(outcome(await world.backup('unsigned'))).toMatchObject({ outcome: 'good' });
    expect(await stories.told('unsigned')).toEqual([
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
      expect(await stories.told(source)).toEqual([]);
      const before = await stories.listed(source);
      front.make({ kind, matching, times: 1000 });
      const run = await world.backup(source);
      front.make({ kind, matching, times: 0 });
      expect(run.status).toBe('FAILED');
      expect(report(run).name).toBe('StoreError');
      expect(await stories.told(source)).toEqual([failed(source)]);
      expect(await stories.listed(source)).toBe(before);
      expect(outcome(await world.backup(source))).toMatchObject({ outcome: 'good' });
      expect(await stories.told(source)).toEqual([failed(source), recovered(source)]);
    },
  );

  test('a schedule delivered twice backs up once', async () => {
    const scheduledTime = '2026-11-21T02:00:00Z';
    const input = { source: 'twice', scheduledTime };
    const started = await Promise.all([world.start(input), world.start(input)]);
    const runs = await Promise.all(started.map((arn) => world.finished(arn)));
    const outcomes = runs.map((run) => (outcome(run) as { outcome: string }).outcome);
    expect(outcomes.toSorted()).toEqual(['good', 'skipped']);
    expect(await stories.listed('twice')).toBe(1);
    expect(await stories.told('twice')).toEqual([]);
  });

  test('a function that does not end within its time: the step says so, nothing counts as verified', async () => {
    front.make({ kind: 'hang', matching: /PUT .*\/sets\/slow\/.*attestations/, times: 1000 });
    const run = await world.backup('slow');
    front.make({ kind: 'hang', matching: /^$/, times: 0 });
    expect(run.status).toBe('FAILED');
    expect(report(run)).toMatchObject({ code: 'FUNCTION_TIMED_OUT' });
    const unverified = '[holdfast] A backup of slow failed verification';
    expect(await stories.told('slow')).toEqual([unverified]);
    expect(outcome(await world.backup('slow'))).toMatchObject({ outcome: 'good' });
    expect(await stories.told('slow')).toEqual([
      unverified,
      `[holdfast] Recovered: ${unverified.slice(11)}`,
    ]);
  });

  test('a topic that is gone: the backup is good, the other channel hears of it, and the rest is caught up', async () => {
    await world.server.query('alter database unheard rename to hidden');
    await world.backup('unheard');
    await world.server.query('alter database hidden rename to unheard');
    await world.inbox.remove();
    expect(outcome(await world.backup('unheard'))).toMatchObject({ outcome: 'good' });
    const all = [failed('unheard'), recovered('unheard')];
    expect(await stories.told('unheard', world.mirror)).toEqual(all);
    expect(await stories.told('unheard')).toEqual(all.slice(0, 1));
    const { outbox } = await world.alert('backup.failed.unheard');
    expect(outbox).toMatchObject([
      { channel: 'bus', lastError: 'sns: publishing failed: NotFoundException (404)' },
    ]);
    await world.inbox.restore();
    await world.checkHealth();
    await world.checkHealth();
    expect(await stories.told('unheard')).toEqual(all);
    expect(await stories.told('unheard', world.mirror)).toEqual(all);
    expect((await world.alert('backup.failed.unheard')).outbox).toEqual([]);
  });
});
