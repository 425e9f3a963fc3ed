import { resolve } from 'node:path';
import { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { deployStage } from '../../infra/deploy.ts';
import { planStage } from '../../infra/plan.ts';
import { startMinistack } from '../servers/ministack.ts';

const program = resolve(import.meta.dirname, '../cloud/lab/emulator.py');
const given = { stage: 'prod', config: 'examples/aws-two-regions.yaml' };

let server: Awaited<ReturnType<typeof startMinistack>>;
beforeAll(async () => {
  server = await startMinistack({ program });
});
afterAll(() => server.stop());

it('deploys a stack in each Region, and what they replicate goes from one to the other', {
  timeout: 600_000,
}, async () => {
  const { accessKeyId, secretAccessKey } = server.credentials;
  vi.stubEnv('AWS_ENDPOINT_URL', server.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  const { stack, outputs, recovery } = await deployStage(given);
  expect([stack, recovery?.stack]).toEqual(['holdfast-prod', 'holdfast-prod-recovery']);
  expect(recovery?.outputs['RestoreMachineArn']).toContain(':us-west-2:');
  expect(recovery?.outputs['RecoveryKeyArn']).toBe(outputs['RecoveryKeyArn']);
  expect(recovery?.config).toMatch(/^s3:\/\/acme-backups-west\/config\//);
  const { ReplicationConfiguration } = await new S3({ forcePathStyle: true }).getBucketReplication({
    Bucket: String(outputs['VaultBucket']),
  });
  const to = ReplicationConfiguration?.Rules?.map(({ Destination }) => Destination?.Bucket);
  expect(new Set(to)).toEqual(new Set([`arn:aws:s3:::${recovery?.outputs['VaultBucket']}`]));

  const plan = await planStage({ ...given, against: 'deployed' });
  const named = [plan, plan.recovery].map((each) => each?.against);
  expect(named).toEqual([
    'the deployed stack holdfast-prod',
    'the deployed stack holdfast-prod-recovery',
  ]);
  const changes = [...plan.changes, ...(plan.recovery?.changes ?? [])];
  expect(changes.filter((line) => !line.includes('state machine'))).toEqual([]);
});
