import { expect, test } from 'vitest';
import { claimEpoch, endClaim } from '../../../src/pipeline/failover/claim.ts';
import { watchPrimary } from '../../../src/pipeline/failover/watch-primary.ts';
import { simulateCluster } from './simulated-cluster.ts';

const automatic = { failures: 3, automatic: true };
const withinSeconds = { budget: { seconds: 1e9 } };

function watched(changes: object = {}) {
  const simulated = simulateCluster({ detection: automatic, ...withinSeconds, ...changes });
  const { detection } = simulated.cluster.config;
  Object.assign(detection, { every: '0s' });
  const begun: number[] = [];
  const start = async (epoch: number) => {
    begun.push(epoch);
    return `auto-${epoch}`;
  };
  const dark = () => {
    simulated.set('a', 'silent');
    simulated.set('b', { streaming: false });
  };
  const watch = (forSeconds = 0) => watchPrimary(simulated.cluster, { forSeconds, start });
  return { ...simulated, begun, dark, watch };
}

test('a primary at work is looked at once, and an alert about it cleared', async () => {
  const { watch, told } = watched();
  expect(await watch()).toEqual({ sees: 'up', started: null });
  expect(told).toMatchObject([{ kind: 'cleared', event: 'failover.primary-down' }]);
});

test('one that is gone so often in a row begins one forced run, and somebody is told', async () => {
  const { watch, dark, begun, told } = watched();
  dark();
  expect(await watch()).toEqual({ sees: 'down', started: 'auto-1' });
  expect(begun).toEqual([1]);
  expect(told).toMatchObject([
    { problem: { event: 'failover.primary-down', detail: expect.stringMatching(/begun: auto-1/) } },
  ]);
});

test('one look that sees it at work begins the count anew', async () => {
  const { watch, dark, begun, cluster } = watched({ detection: { ...automatic, failures: 4 } });
  dark();
  const { engine } = cluster;
  let looks = 0;
  const observe: typeof engine.observe = async (node, seconds, signal) => {
    if (node.name === 'b') looks += 1;
    const seen = await engine.observe(node, seconds, signal);
    return looks === 3 && seen.reachable
      ? { ...seen, state: { ...seen.state, streaming: true } }
      : seen;
  };
  Object.assign(cluster, { engine: { ...engine, observe } });
  expect(await watch(60)).toMatchObject({ sees: 'down' });
  expect([looks, begun]).toEqual([7, [1]]);
});

test('without leave, after a run of the last hour, or where it would be refused, a person is told why', async () => {
  const forbidden = watched({ detection: { ...automatic, automatic: false } });
  forbidden.dark();
  expect(await forbidden.watch()).toEqual({ sees: 'down', started: null });
  expect(JSON.stringify(forbidden.told)).toMatch(/not allowed/);

  const again = watched();
  const { epoch } = await claimEpoch(again.cluster, 'fo-1');
  await endClaim(again.cluster, epoch, 'refused');
  again.dark();
  expect(await again.watch()).toEqual({ sees: 'down', started: null });
  expect(JSON.stringify(again.told)).toMatch(/less than an hour ago/);
  again.advance(3601);
  expect(await again.watch()).toEqual({ sees: 'down', started: 'auto-2' });
});

test('while a failover is under way nothing is begun and nothing said', async () => {
  const { watch, dark, begun, told, cluster } = watched();
  await claimEpoch(cluster, 'fo-1');
  dark();
  expect(await watch()).toEqual({ sees: 'run', started: null });
  expect([begun, told]).toEqual([[], []]);
});

test('a silent zone makes nobody dead', async () => {
  const { cluster, begun } = watched();
  const [name] = cluster.names;
  const silent = { ...name?.zone, read: () => Promise.reject(new Error('the zone is silent')) };
  const names = [{ values: {}, ttlSeconds: 1, zone: silent as never }];
  const start = async () => 'never';
  const seen = await watchPrimary({ ...cluster, names }, { forSeconds: 0, start });
  expect([seen, begun]).toEqual([{ sees: 'unclear', started: null }, []]);
});

test('a run that cannot be begun is told of, with the reason', async () => {
  const { cluster, dark, told } = watched();
  dark();
  const start = () => Promise.reject(new Error('no such machine'));
  expect(await watchPrimary(cluster, { forSeconds: 0, start })).toMatchObject({ started: null });
  expect(JSON.stringify(told)).toMatch(/No failover was begun: no such machine/);
});
