/** Who watches the deployed form: the health check as its function, and what it publishes. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Inbox, openInbox } from './lab/inbox.ts';
import { tellCall, tellQueue } from './lab/play-aws.ts';
import { buildDeployedWorld, type DeployedWorld, stage } from './world.ts';

let world: DeployedWorld;

/** The JSON lines of a function, oldest first. */
async function linesOf(name: string): Promise<Record<string, unknown>[]> {
  const client = new CloudWatchLogsClient(world.cloud.client);
  const logGroupName = `/aws/lambda/holdfast-${stage}-${name}`;
  const { events = [] } = await client.send(new FilterLogEventsCommand({ logGroupName }));
  client.destroy();
  return events.flatMap(({ message = '' }) => {
    const start = message.indexOf('{');
    if (start < 0) return [];
    try {
      return [JSON.parse(message.slice(start)) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
}

describe.skipIf(inject('noContainers') !== '')('who watches the deployed form', () => {
  let topic: Inbox;

  beforeAll(async () => {
    world = await buildDeployedWorld({ sources: { orders: {} } });
    topic = await openInbox(world.cloud, String(world.deployment.outputs['AlertTopicArn']));
  });
  afterAll(async () => {
    topic?.close();
    await world?.close();
  });

  test('the figures of a backup are published where the alarms look for them', async () => {
    expect((await world.backup('orders')).status).toBe('SUCCEEDED');
    const { status, output } = await world.checkHealth();
    expect([status, JSON.parse(String(output))]).toEqual(['SUCCEEDED', { sources: 1, stale: 0 }]);
    const service = `holdfast-${stage}`;
    const published = [...(await linesOf('verify')), ...(await linesOf('health'))];
    expect(published).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ service, VerifiedBackups: 1 }),
        expect.objectContaining({ service, Source: 'orders', BackupBytes: expect.any(Number) }),
        expect.objectContaining({ service, HealthChecks: 1 }),
        expect.objectContaining({ service, StaleSources: 0 }),
        expect.objectContaining({ service, Source: 'orders', BackupAge: expect.any(Number) }),
      ]),
    );
  });

  test('a key that waits for its deletion is an alert', async () => {
    const client = new KMSClient(world.cloud.client);
    const KeyId = world.deployment.outputs['SigningKeyArn'];
    await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    client.destroy();
    expect((await world.checkHealth()).status).toBe('SUCCEEDED');
    const { status, problem } = await world.alert('key.endangered.vault:primary');
    expect(status).toBe('open');
    expect(problem.detail).toBe(`${KeyId} is PendingDeletion.`);
  });

  test('an execution that somebody stopped is told by the alert topic, for it cannot tell itself', async () => {
    const client = new SFNClient(world.cloud.client);
    const executionArn = await world.start({ source: 'orders' });
    await client.send(new StopExecutionCommand({ executionArn }));
    client.destroy();
    expect((await world.finished(executionArn)).status).toBe('ABORTED');
    await expect.poll(() => topic.messages(), { timeout: 10_000 }).toHaveLength(1);
    const [message] = await topic.messages();
    expect(message?.text).toContain(`execution ${executionArn.split(':').at(-1)} is ABORTED`);
  });

  test('a failure that the team was told of is not told again', async () => {
    await world.server.query('alter database orders rename to hidden');
    expect((await world.backup('orders')).status).toBe('FAILED');
    const failures = async () =>
      (await world.inbox.messages()).filter(({ subject }) => subject.includes('failed'));
    expect(await failures()).toHaveLength(1);
    expect(await topic.messages()).toHaveLength(1);
  });

  test('what CloudTrail tells of a key, of the vault, and what a queue holds, is told once each', async () => {
    const { VaultKeyArn: ARN = '', VaultBucket: bucketName = '' } = world.deployment.outputs;
    const before = (await topic.messages()).length;
    // https://docs.aws.amazon.com/kms/latest/developerguide/ct-schedule-key-deletion.html
    const deletion = {
      service: 'kms',
      eventName: 'ScheduleKeyDeletion',
      requestParameters: { keyId: ARN, pendingWindowInDays: 7 },
      resources: [{ ARN, type: 'AWS::KMS::Key' }],
    } as const;
    await tellCall(world.cloud, deletion);
    const other = `${ARN.slice(0, -1)}x`;
    await tellCall(world.cloud, {
      ...deletion,
      resources: [{ ARN: other, type: 'AWS::KMS::Key' }],
    });
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
    const unlocked = {
      service: 's3',
      eventName: 'PutBucketObjectLockConfiguration',
      requestParameters: { bucketName, 'object-lock': '' },
      resources: [{ ARN: `arn:aws:s3:::${bucketName}`, type: 'AWS::S3::Bucket' }],
    } as const;
    await tellCall(world.cloud, unlocked);
    await tellCall(world.cloud, { ...unlocked, sourceIPAddress: 'cloudformation.amazonaws.com' });
    await tellQueue(world.cloud, `holdfast-${stage}-dead-letters`, 1);
    await tellQueue(world.cloud, `holdfast-${stage}-dead-letters`, 1);
    const news = async () => (await topic.messages()).slice(before).map(({ text }) => text);
    await expect.poll(news, { timeout: 10_000 }).toHaveLength(3);
    expect(await news()).toEqual([
      expect.stringContaining('ScheduleKeyDeletion on a key of the backups, by arn:aws:iam'),
      expect.stringContaining('PutBucketObjectLockConfiguration on the vault, by arn:aws:iam'),
      expect.stringContaining('A start or an alert could not be delivered'),
    ]);
  });
});
