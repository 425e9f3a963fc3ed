import { expect, test } from 'vitest';
import { claimEpoch, endClaim } from '../../../src/pipeline/failover/claim.ts';
import { watchReadiness } from '../../../src/pipeline/failover/watch-readiness.ts';
import { simulateCluster } from './simulated-cluster.ts';

test('tells of a cluster that is not ready, with what stands in the way, and when it is again', async () => {
  const { cluster, told, set } = simulateCluster();
  expect(await watchReadiness(cluster)).toEqual({ ready: true });
  expect(told).toMatchObject([{ kind: 'cleared', event: 'failover.not-ready', source: 'orders' }]);
  set('b', { streaming: false });
  expect(await watchReadiness(cluster)).toEqual({ ready: false });
  expect(told.at(-1)).toMatchObject({
    kind: 'raised',
    problem: { event: 'failover.not-ready', detail: expect.stringMatching(/stream/) },
  });
  set('b', { streaming: true });
  await watchReadiness(cluster);
  expect(told.at(-1)).toMatchObject({ kind: 'cleared' });
});

test('says nothing while a failover is under way', async () => {
  const { cluster, told, set } = simulateCluster();
  const { epoch } = await claimEpoch(cluster, 'fo-1');
  set('a', 'silent');
  expect(await watchReadiness(cluster)).toEqual({ ready: null });
  expect(told).toEqual([]);
  await endClaim(cluster, epoch, 'refused');
  expect(await watchReadiness(cluster)).toEqual({ ready: false });
});

test('what cannot be looked at is not ready', async () => {
  const { cluster, told } = simulateCluster();
  const [name] = cluster.names;
  const silent = { ...name?.zone, read: () => Promise.reject(new Error('the zone is silent')) };
  const names = [{ values: {}, ttlSeconds: 1, zone: silent as never }];
  expect(await watchReadiness({ ...cluster, names })).toEqual({ ready: false });
  expect(told.at(-1)).toMatchObject({ problem: { detail: 'the zone is silent.' } });
});
