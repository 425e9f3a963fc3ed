/**
 * Answers of https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketIntelligentTieringConfigurations.html,
 * which no emulator here gives, and refusals.
 */
import { expect, test } from 'vitest';
import { type Answer, scriptedStore } from './answers.ts';

const bucket = { url: 's3://acme/backups', region: 'us-east-1' };
const intelligent = {
  ...bucket,
  tiers: [{ after: '0d', class: 'INTELLIGENT_TIERING' as const, archiveAccess: '90d' }],
};
const lifecycle: Answer = {
  status: 200,
  body: `<LifecycleConfiguration><Rule><ID>tiers-of-data</ID><Status>Enabled</Status>
    <Filter><Prefix>backups/data/</Prefix></Filter>
    <Transition><Days>0</Days><StorageClass>INTELLIGENT_TIERING</StorageClass></Transition>
  </Rule></LifecycleConfiguration>`,
};
const tierings = (days: number, prefix = 'backups/data/'): Answer => ({
  status: 200,
  body: `<ListBucketIntelligentTieringConfigurationsOutput><IsTruncated>false</IsTruncated>
    <IntelligentTieringConfiguration><Id>a</Id><Status>Enabled</Status>
      <Filter><Prefix>${prefix}</Prefix></Filter>
      <Tiering><AccessTier>ARCHIVE_ACCESS</AccessTier><Days>${days}</Days></Tiering>
    </IntelligentTieringConfiguration>
  </ListBucketIntelligentTieringConfigurationsOutput>`,
});

test('archive tiers that the bucket uses as configured are fine', async () => {
  const { store, requests } = await scriptedStore([lifecycle, tierings(90)], intelligent);
  expect(await store.probeTiers()).toEqual([
    { subject: 'tiers', level: 'ok', detail: 'INTELLIGENT_TIERING after 0 days' },
    { subject: 'archive tiers', level: 'ok', detail: 'ARCHIVE_ACCESS after 90 days' },
  ]);
  expect(requests[1]?.query).toHaveProperty('intelligent-tiering');
});

test.for<[string, Answer]>([
  ['after other days', tierings(120)],
  ['of another prefix', tierings(90, 'other/')],
  ['not at all', { status: 200, body: '<ListBucketIntelligentTieringConfigurationsOutput/>' }],
])('archive tiers that it uses %s come with the command that sets them', async ([, answer]) => {
  const { store } = await scriptedStore([lifecycle, answer], intelligent);
  const [, finding] = await store.probeTiers();
  expect(finding).toMatchObject({ level: 'warning', subject: 'archive tiers' });
  expect(finding?.fix).toBe(
    "aws s3api put-bucket-intelligent-tiering-configuration --bucket acme --id archive-of-data --intelligent-tiering-configuration '" +
      '{"Id":"archive-of-data","Status":"Enabled","Filter":{"Prefix":"backups/data/"},"Tierings":[{"AccessTier":"ARCHIVE_ACCESS","Days":90}]}' +
      "'",
  );
});

test('who may not read the lifecycle is told what grants it, where there are tiers', async () => {
  const denied: Answer = { status: 403, code: 'AccessDenied' };
  const { store } = await scriptedStore([denied], intelligent);
  const [finding] = await store.probeTiers();
  expect(finding).toMatchObject({ subject: 'tiers', level: 'warning' });
  expect(finding?.fix).toContain('"s3:GetLifecycleConfiguration"');
  expect(finding?.fix).toContain('"arn:aws:s3:::acme"');
  expect(await (await scriptedStore([denied], bucket)).store.probeTiers()).toEqual([]);
});
