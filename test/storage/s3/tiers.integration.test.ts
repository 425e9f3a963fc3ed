import {
  type BucketLifecycleConfiguration,
  PutBucketLifecycleConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TierConfig } from '../../../src/core/config/tiers.ts';
import { openStore } from '../../../src/storage/index.ts';
import { startMinistack } from '../../servers/ministack.ts';
import type { S3Server } from '../../servers/versitygw.ts';
import { clientOf, createBucket } from './buckets.ts';

let server: S3Server;
let client: S3Client;
beforeAll(async () => {
  server = await startMinistack();
  client = clientOf(server);
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

/** As a bucket of AWS: the endpoint is not in the configuration. */
async function found(bucket: string, tiers?: TierConfig[]) {
  const { endpoint, credentials } = server;
  const store = await openStore(
    { url: `s3://${bucket}/vault`, region: 'us-east-1', tiers },
    { baseDir: '/', s3: { endpoint, credentials, forcePathStyle: true } },
  );
  const findings = await store.probeTiers();
  await store.close();
  return findings;
}

const put = (Bucket: string, LifecycleConfiguration: BucketLifecycleConfiguration) =>
  client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));

const tiers: TierConfig[] = [
  { after: '30d', class: 'GLACIER_IR' },
  { after: '120d', class: 'DEEP_ARCHIVE' },
];

test('what the bucket lacks is told with a command that sets it and keeps the other rules', async () => {
  const bucket = await createBucket(server, 'plain');
  const uploads = {
    ID: "the owner's",
    Status: 'Enabled',
    Filter: { Prefix: '' },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
  } as const;
  await put(bucket, { Rules: [uploads] });
  const [finding] = await found(bucket, tiers);
  expect(finding).toMatchObject({ subject: 'tiers', level: 'warning' });
  expect(finding?.detail).toContain('DEEP_ARCHIVE after 120 days, and no rule says so');
  const [, json = ''] = /--lifecycle-configuration '(.+)'$/.exec(finding?.fix ?? '') ?? [];
  const said = JSON.parse(json.replaceAll("'\\''", "'")) as BucketLifecycleConfiguration;
  expect(said.Rules).toContainEqual(uploads);
  await put(bucket, said);
  expect(await found(bucket, tiers)).toEqual([
    {
      subject: 'tiers',
      level: 'ok',
      detail: 'GLACIER_IR after 30 days, DEEP_ARCHIVE after 120 days',
    },
  ]);
});

test('a bucket without lifecycle and without tiers is fine', async () => {
  const bucket = await createBucket(server, 'plain');
  expect(await found(bucket)).toMatchObject([{ level: 'ok', detail: 'data/ stays where it is' }]);
});

test('a rule that archives manifests too is an error', async () => {
  const bucket = await createBucket(server, 'plain');
  const Transitions = [{ Days: 30, StorageClass: 'GLACIER' }] as const;
  await put(bucket, {
    Rules: [
      { ID: 'all', Status: 'Enabled', Filter: { Prefix: '' }, Transitions: [...Transitions] },
    ],
  });
  const [finding] = await found(bucket);
  expect(finding).toMatchObject({ level: 'error', fix: expect.stringContaining('`tiers`') });
  expect(finding?.detail).toContain('the rule all moves more than data/');
  expect(finding?.detail).toContain('GLACIER after 30 days, which `tiers` does not say');
});
