/** Invalidations of CloudFront, at an emulator that knows a reference again. */
import {
  CloudFrontClient,
  CreateDistributionCommand,
  ListInvalidationsCommand,
} from '@aws-sdk/client-cloudfront';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { invalidate } from '../../src/caches/cloudfront.ts';
import { startMinistack } from '../servers/ministack.ts';
import type { S3Server } from '../servers/versitygw.ts';

const { signal } = new AbortController();
let emulator: S3Server;
let client: CloudFrontClient;
let distribution: string;
beforeAll(async () => {
  emulator = await startMinistack();
  const { endpoint, credentials } = emulator;
  client = new CloudFrontClient({ region: 'us-east-1', endpoint, credentials });
  const made = await client.send(
    new CreateDistributionCommand({
      DistributionConfig: {
        ...{ CallerReference: 'tests', Comment: '', Enabled: true },
        Origins: { Quantity: 1, Items: [{ Id: 'app', DomainName: 'app.example.test' }] },
        DefaultCacheBehavior: { TargetOriginId: 'app', ViewerProtocolPolicy: 'allow-all' },
      },
    }),
  );
  distribution = made.Distribution?.Id ?? '';
});
beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(async () => {
  client?.destroy();
  await emulator?.stop();
});

const ask = (reference: string, changes: object = {}) =>
  invalidate(
    { distribution, paths: ['/*'], endpoint: emulator.endpoint, ...changes },
    { reference, signal },
  );

it('makes one for each reference, however often it is asked', async () => {
  const first = await ask('holdfast-orders-7');
  expect(first).not.toBe('');
  expect(await ask('holdfast-orders-7')).toBe(first);
  expect(await ask('holdfast-orders-8')).not.toBe(first);
  const { InvalidationList } = await client.send(
    new ListInvalidationsCommand({ DistributionId: distribution }),
  );
  expect(InvalidationList?.Quantity).toBe(2);
});

it('says which distribution is not there, and what does not answer', async () => {
  await expect(ask('one', { distribution: 'E0NONE000' })).rejects.toMatchObject({
    code: 'INVALIDATION_FAILED',
    message: expect.stringContaining('NoSuchDistribution'),
  });
  await expect(ask('one', { endpoint: 'http://127.0.0.1:9' })).rejects.toMatchObject({
    code: 'INVALIDATION_FAILED',
  });
});
