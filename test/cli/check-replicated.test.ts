import { expect, test } from 'vitest';
import { batchJob, checkReplicated } from '../../src/cli/check/replicated.ts';
import { layout } from '../../src/core/layout.ts';
import { deleteSetObjects } from '../../src/pipeline/vault/index.ts';
import type { Site } from '../../src/wiring/site.ts';
import { type Regions, source, twoRegions } from '../pipeline/two-regions.ts';
import type { CommittedSet } from '../pipeline/vault/sample-set.ts';

const copy = { name: 'west', url: 's3://west', by: 's3-replication' };

/** What of a site the look is about. */
function siteOf({ east, west, clock }: Regions, keep?: { readonly last: number }): Site {
  const config = {
    vault: {
      primary: { url: 's3://acme/backups', region: 'us-east-1' },
      copies: [{ ...copy, keep }],
    },
    sources: { orders: source },
    retention: { floor: 1 },
  };
  const vaults = { openKeyless: async (name = 'primary') => (name === 'west' ? west : east) };
  return { config, vaults, source: () => ({ source }), now: clock.now } as unknown as Site;
}

const remove = ({ west }: Regions, { id }: CommittedSet) =>
  deleteSetObjects(west, { source: 'orders', id }, async () => {});

test('a copy that has all that it keeps is whole, whatever the vault has beside it', async () => {
  const regions = await twoRegions(4);
  const whole = { level: 'ok', detail: 'every set that belongs there is there' };
  expect(await checkReplicated(siteOf(regions), 'prod')).toMatchObject([whole]);
  const [oldest] = regions.made as [CommittedSet];
  await remove(regions, oldest);
  expect(await checkReplicated(siteOf(regions, { last: 3 }), 'prod')).toMatchObject([whole]);
});

test('what it should have and has not is counted, with the job that sends it', async () => {
  const regions = await twoRegions(4);
  const [first, second] = regions.made as [CommittedSet, CommittedSet];
  for (const set of [second, first]) await remove(regions, set);
  const [line] = await checkReplicated(siteOf(regions), 'prod');
  expect(line).toMatchObject({ area: 'vault', name: 'west', level: 'warning' });
  expect(line?.detail).toContain(
    `2 sets of 1 source that it keeps are missing there, the oldest orders/${first.id}`,
  );
  expect(line?.fix).toBe(batchJob(siteOf(regions), 'prod'));
});

test('a set of the last half hour is on its way', async () => {
  const regions = await twoRegions(2);
  const { clock, made } = regions;
  await remove(regions, made.at(-1) as CommittedSet);
  clock.advance(-24 * 3600 + 60);
  const [line] = await checkReplicated(siteOf(regions), 'prod');
  expect(line?.level).toBe('ok');
});

test('a copy that cannot be read is an error, in words', async () => {
  const regions = await twoRegions(1);
  await regions.west.store.delete(layout.vault);
  const site = siteOf(regions);
  const openKeyless = (name = 'primary') =>
    name === 'west' ? Promise.reject(new Error('west is away')) : Promise.resolve(regions.east);
  const [line] = await checkReplicated(
    { ...site, vaults: { ...site.vaults, openKeyless } },
    'prod',
  );
  expect(line).toMatchObject({ level: 'error', detail: 'west is away' });
});

test('the job is one of S3 Batch Replication, by the role that the stack makes for it', async () => {
  const job = batchJob(siteOf(await twoRegions(0)), 'prod');
  expect(job).toContain('role/holdfast-prod-batch-replication');
  const [, generator = ''] = /--manifest-generator '([^']+)'/.exec(job) ?? [];
  expect(JSON.parse(generator)).toEqual({
    S3JobManifestGenerator: {
      SourceBucket: 'arn:aws:s3:::acme',
      EnableManifestOutput: false,
      Filter: { EligibleForReplication: true, ObjectReplicationStatuses: ['NONE', 'FAILED'] },
    },
  });
});
