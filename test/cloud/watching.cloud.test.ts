/** Who watches the deployed form: the health check as its function, and what it publishes. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildDeployedWorld, type DeployedWorld, stage } from './world.ts';

let world: DeployedWorld;

beforeAll(async () => {
  world = await buildDeployedWorld({ sources: { orders: {} } });
});
afterAll(() => world?.close());

async function checkHealth() {
  const client = new SFNClient(world.cloud.client);
  const stateMachineArn = world.deployment.outputs['HealthMachineArn'];
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn, input: '{}' }),
  );
  client.destroy();
  return world.finished(String(executionArn));
}

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

async function alertOf(name: string): Promise<{ status: string; problem: { detail: string } }> {
  const client = new S3Client({ ...world.cloud.client, forcePathStyle: true });
  const Bucket = world.deployment.outputs['VaultBucket'];
  const Key = `state/alerts/${name}.json`;
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  const text = await Body?.transformToString();
  client.destroy();
  return JSON.parse(String(text));
}

test('the figures of a backup are published where the alarms look for them', async () => {
  expect((await world.backup('orders')).status).toBe('SUCCEEDED');
  const { status, output } = await checkHealth();
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
  expect((await checkHealth()).status).toBe('SUCCEEDED');
  const { status, problem } = await alertOf('key.endangered.vault:primary');
  expect(status).toBe('open');
  expect(problem.detail).toBe(`${KeyId} is PendingDeletion.`);
});
