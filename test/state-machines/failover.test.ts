/** The failover machine: every path, and after each the invariants. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claimEpoch, newestClaim, requestAbort } from '../../src/pipeline/failover/claim.ts';
import { readReport } from '../../src/pipeline/failover/reports.ts';
import { runStatus } from '../../src/pipeline/failover/status.ts';
import type { FailoverFunction } from '../../src/wiring/machines.ts';
import { type Fault, simulateCluster } from '../pipeline/failover/simulated-cluster.ts';
import { SimulatedFailovers } from './simulated-failovers.ts';

let world: SimulatedFailovers;
beforeEach(async () => {
  world = await SimulatedFailovers.open();
});
afterEach(() => world.close());

test('a planned run hands over, in order, and says so', async () => {
  const { record, report: seen } = await world.failOver();
  expect(record).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'succeeded', epoch: 1 } });
  expect(world.sim.done).toEqual([
    'fence a',
    'promote b',
    'verify b',
    'name 127.0.0.3',
    'command tell',
    'rebuild a',
  ]);
  expect(seen).toMatchObject({ outcome: 'succeeded', writable: 'b', loss: { bytes: 0 } });
  expect(seen?.fenceProof).toBe('connection refused');
  world.holdsInvariants(seen);
  expect(world.sim.told.filter(({ kind }) => kind === 'raised')).toHaveLength(1);
});

test('failback is the same run with the roles swapped', async () => {
  await world.failOver();
  world.sim.done.length = 0;
  const { report: seen } = await world.failOver();
  expect(seen).toMatchObject({ epoch: 2, from: 'b', to: 'a', writable: 'a' });
  expect(world.sim.writers()).toEqual(['a']);
  expect(world.sim.name()).toBe('127.0.0.2');
});

test('a forced run takes over from a primary that is gone', async () => {
  world.sim.set('a', 'silent');
  world.sim.set('b', { streaming: false });
  const { report: seen } = await world.failOver({ mode: 'forced' });
  expect(seen).toMatchObject({ outcome: 'succeeded', writable: 'b', mode: 'forced' });
  world.holdsInvariants(seen);
});

test('a fence that does not last is for a person to take upon himself', async () => {
  world.sim = simulateCluster({ approval: { required: false }, budget: { seconds: 1e9 } });
  world.sim.faults.add('fence does not last');
  world.sim.set('a', 'silent');
  world.sim.set('b', { streaming: false });
  const input = { mode: 'forced' };
  const alone = await world.runner.start('failover', { cluster: 'orders', ...input });
  await world.runner.wait(alone.id);
  const report = await readReport(world.sim.cluster.store, 'orders');
  expect(report).toMatchObject({ outcome: 'failed', failure: { code: 'FENCE_NOT_LASTING' } });
  expect(world.sim.done).not.toContain('promote b');
  expect((await world.failOver(input)).report).toMatchObject({
    ...{ outcome: 'succeeded', writable: 'b', fenceLasts: false },
  });
});

test.each<[Fault, string, string[]]>([
  ['fence fails', 'rolled-back', ['fence a', 'unfence a']],
  ['fence is bypassed', 'rolled-back', ['fence a', 'unfence a']],
  ['catch-up is short', 'rolled-back', ['fence a', 'unfence a']],
  ['promotion is lost', 'rolled-back', ['fence a', 'unfence a']],
  ['disk is full', 'failed', ['fence a', 'promote b']],
  ['name is rewritten', 'failed', ['fence a', 'promote b', 'verify b']],
])('%s: ends as %s', async (fault, outcome, done) => {
  world.sim.faults.add(fault);
  const { record, report: seen } = await world.failOver();
  expect(record.status).toBe('FAILED');
  expect(seen?.outcome).toBe(outcome);
  expect(world.sim.done).toEqual(done);
  expect(seen?.failure?.message).toBeTruthy();
  world.holdsInvariants(seen);
});

test.each<[Fault]>([['activation fails'], ['rebuild does not stream']])(
  '%s: the new primary serves, and the run ends as exposed',
  async (fault) => {
    world.sim.faults.add(fault);
    const { record, report: seen } = await world.failOver();
    expect(record.output).toMatchObject({ outcome: 'exposed' });
    expect(world.sim.done).toContain('rebuild a');
    world.holdsInvariants(seen);
  },
);

test('a resolver that stays with the old answer is named, and the rest is done all the same', async () => {
  world.sim.faults.add('resolver is old');
  const { report: seen } = await world.failOver();
  expect(seen).toMatchObject({ outcome: 'exposed', failure: { code: 'DNS_NOT_PROPAGATED' } });
  expect(seen?.failure?.message).toContain('127.0.0.1:53');
  expect(world.sim.done).toContain('rebuild a');
}, 30_000);

test('a promotion whose answer was lost is found, not repeated', async () => {
  world.sim.faults.add('promotion answers late');
  const { report: seen } = await world.failOver();
  expect(world.sim.done.slice(0, 4)).toEqual([
    'fence a',
    'promote b',
    'found b promoted',
    'verify b',
  ]);
  expect(seen?.outcome).toBe('succeeded');
  world.holdsInvariants(seen);
});

test('a look says what would be done, and touches nothing', async () => {
  const { id } = await world.runner.start('failover-plan', { cluster: 'orders' });
  const { output } = await world.runner.wait(id);
  expect(output).toMatchObject({
    plan: { from: 'a', to: 'b', refusals: [], hash: await world.approvedHash() },
    readiness: { ready: true },
  });
  expect(world.sim.done).toEqual([]);
});

test('a second start while one runs does nothing, and names the one that runs', async () => {
  const { promise: goOn, resolve } = Promise.withResolvers<void>();
  world.before.fence = () => goOn;
  const approved = await world.approvedHash();
  const first = await world.runner.start('failover', { cluster: 'orders', approved });
  await expect
    .poll(async () => (await runStatus(world.sim.cluster, 'orders')).steps.at(-1)?.step)
    .toBe('freeze');
  const second = await world.runner.start('failover', {
    cluster: 'orders',
    approved,
    mode: 'forced',
  });
  const refused = await world.runner.wait(second.id);
  expect(refused).toMatchObject({ status: 'FAILED', error: 'LeaseHeldError' });
  expect(refused.cause).toContain(first.id);
  resolve();
  expect((await world.runner.wait(first.id)).status).toBe('SUCCEEDED');
  expect(world.sim.done.filter((line) => line.startsWith('promote'))).toHaveLength(1);
});

test.each<[FailoverFunction, string, string[]]>([
  ['preflight', 'refused', []],
  ['freeze', 'refused', []],
  ['catch-up', 'rolled-back', ['fence a', 'unfence a']],
  ['promote', 'rolled-back', ['fence a', 'unfence a']],
  ['verify', 'failed', ['fence a', 'promote b', 'verify b']],
])('an abort asked for before %s ends as %s', async (step, outcome, done) => {
  world.before[step] = async () => {
    await requestAbort(world.sim.cluster);
  };
  const { report: seen } = await world.failOver();
  expect(seen).toMatchObject({ outcome, failure: { code: 'FAILOVER_ABORTED' } });
  expect(world.sim.done).toEqual(done);
  world.holdsInvariants(seen);
});

test('an abort after the cutover changes nothing: there is only forward', async () => {
  world.before.propagate = async () => {
    await requestAbort(world.sim.cluster);
  };
  const { report: seen } = await world.failOver();
  expect(seen?.outcome).toBe('succeeded');
});

test('an executor that slept through a newer run finds out before it acts', async () => {
  world.before.promote = async () => {
    const claim = await newestClaim(world.sim.cluster.leaseStore, 'orders');
    world.sim.advance(7200);
    await claimEpoch(world.sim.cluster, 'another');
    expect(claim?.epoch).toBe(1);
  };
  const { record } = await world.failOver();
  expect(record.status).toBe('FAILED');
  expect(record.cause).toContain('EPOCH_STALE');
  expect(world.sim.done).not.toContain('promote b');
  // The newer run tells people; what this one opened was true when it did.
  expect(
    world.sim.told.map((change) => change.kind === 'raised' && change.problem.event),
  ).not.toContain('failover.failed');
});

test('a claim that expired in the middle lets no side effect follow', async () => {
  world.before.promote = () => world.sim.advance(7200);
  const { record } = await world.failOver();
  expect(record.cause).toContain('EPOCH_EXPIRED');
  expect(world.sim.done).not.toContain('promote b');
});

test('a loss beyond the budget stops before the promotion, and says that a dead primary cannot be given back', async () => {
  world.sim.set('a', 'silent');
  world.sim.set('a', { position: '0/180' });
  world.sim.set('b', { streaming: false });
  const { report: seen } = await world.failOver({ mode: 'forced' });
  expect(seen).toMatchObject({
    outcome: 'failed',
    failure: { code: 'LOSS_OVER_BUDGET' },
    writable: null,
  });
  expect(seen?.failure?.message).toContain('undoing it failed: a does not accept writes');
  expect(world.sim.done).not.toContain('promote b');
});

test.each<[FailoverFunction]>([
  ['fence'],
  ['catch-up'],
  ['promote'],
  ['verify'],
  ['cut-over'],
  ['propagate'],
  ['rebuild'],
])(
  'an executor that dies before %s is followed by a run that reads the world and ends the same',
  async (step) => {
    const { promise: never } = Promise.withResolvers<void>();
    world.before[step] = () => never;
    const approved = await world.approvedHash();
    const { id } = await world.runner.start('failover', { cluster: 'orders', approved });
    await expect
      .poll(() => world.runner.history(id).filter(({ type }) => type === 'TaskStateEntered').length)
      .toBeGreaterThan(0);
    await expect
      .poll(() => world.runner.history(id).at(-1)?.type, { timeout: 5000 })
      .toBe('TaskStarted');
    await sleep(100);
    const claim = await newestClaim(world.sim.cluster.leaseStore, 'orders');
    expect(claim).toMatchObject({ epoch: 1, ended: null });
    await world.runner.stop(id, { cause: 'killed' });
    delete world.before[step];
    world.sim.advance(7200);
    const { id: next } = await world.runner.start('failover', { cluster: 'orders', approved });
    const record = await world.runner.wait(next);
    const seen = await readReport(world.sim.cluster.store, 'orders');
    expect(record.status).toBe('SUCCEEDED');
    expect(seen).toMatchObject({ epoch: 2, writable: 'b', outcome: 'succeeded' });
    expect(world.sim.done.filter((line) => line === 'promote b')).toHaveLength(1);
    world.holdsInvariants(seen);
  },
);
