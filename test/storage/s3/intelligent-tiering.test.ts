/**
 * No emulator here moves objects into the archive tiers of INTELLIGENT_TIERING. The answers are those of
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html (x-amz-archive-status, x-amz-restore),
 * the request that of https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html: no days,
 * as the object is moved for good.
 */
import { describe, expect, test } from 'vitest';
import { type Answer, scriptedStore } from './answers.ts';

const key = 'data/orders/one/rest.0';
const request = { retrieval: 'bulk', days: 3 } as const;
const headOf = (headers: Record<string, string>): Answer => ({
  status: 200,
  headers: { 'x-amz-storage-class': 'INTELLIGENT_TIERING', 'content-length': '4', ...headers },
});

describe.for(['ARCHIVE_ACCESS', 'DEEP_ARCHIVE_ACCESS'] as const)('an object in %s', (tier) => {
  const archived = { 'x-amz-archive-status': tier };

  test('is known by its head', async () => {
    const { store } = await scriptedStore([headOf(archived)]);
    expect(await store.head(key)).toMatchObject({ coldTier: tier, sizeBytes: 4 });
  });

  test('is asked for without a number of days', async () => {
    const { store, requests } = await scriptedStore([headOf(archived), { status: 202 }]);
    expect(await store.thaw(key, request)).toBe('waiting');
    expect(requests[1]).toMatchObject({ method: 'POST', query: { restore: '' } });
    const body = String(requests[1]?.body);
    expect(body).toContain('<Tier>Bulk</Tier>');
    expect(body).not.toContain('Days');
  });

  test('is waited for without being asked for twice', async () => {
    const back = { ...archived, 'x-amz-restore': 'ongoing-request="true"' };
    const { store, requests } = await scriptedStore([headOf(back)]);
    expect(await store.thaw(key, request)).toBe('waiting');
    expect(requests).toHaveLength(1);
  });
});

test('what has been moved out of its archive tier is ready', async () => {
  const { store, requests } = await scriptedStore([headOf({})]);
  expect(await store.thaw(key, request)).toBe('ready');
  expect(requests).toHaveLength(1);
});

test('an expedited retrieval out of the deep tier is a standard one', async () => {
  const head = headOf({ 'x-amz-archive-status': 'DEEP_ARCHIVE_ACCESS' });
  const { store, requests } = await scriptedStore([head, { status: 202 }]);
  await store.thaw(key, { retrieval: 'expedited', days: 3 });
  expect(String(requests[1]?.body)).toContain('<Tier>Standard</Tier>');
});
