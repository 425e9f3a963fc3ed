/** Who approves a failover, and of what. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AlertState, applyChange } from '../../src/core/alerts/index.ts';
import { readReport } from '../../src/pipeline/failover/reports.ts';
import { openApproval, runStatus } from '../../src/pipeline/failover/status.ts';
import { simulateCluster } from '../pipeline/failover/simulated-cluster.ts';
import { SimulatedFailovers } from './simulated-failovers.ts';

let world: SimulatedFailovers;
beforeEach(async () => {
  world = await SimulatedFailovers.open();
});
afterEach(() => world.close());

test('what waits is approved in the console by the hash of its plan, and by no other', async () => {
  const { id } = await world.runner.start('failover', { cluster: 'orders' });
  await expect
    .poll(async () => (await runStatus(world.sim.cluster, 'orders')).waitsFor)
    .toBe(await world.approvedHash());
  const approve = async (planHash: string) =>
    world.runner.wait((await world.runner.start('approve', { cluster: 'orders', planHash })).id);
  const stale = await approve('0123456789abcdef');
  expect([stale.status, stale.error]).toEqual(['FAILED', 'FailoverRefusedError']);
  expect(stale.cause).toContain('PLAN_CHANGED');
  expect(world.sim.done).toEqual([]);
  const planHash = await world.approvedHash();
  expect(await approve(planHash)).toMatchObject({
    status: 'SUCCEEDED',
    output: { cluster: 'orders', planHash, execution: id },
  });
  expect(await world.runner.wait(id)).toMatchObject({ output: { outcome: 'succeeded' } });
  const late = await approve(planHash);
  expect([late.status, late.cause]).toEqual([
    'FAILED',
    expect.stringContaining('APPROVAL_NOT_ASKED'),
  ]);
});

test('nothing is touched before a person approves, and goes on when one does', async () => {
  const { id } = await world.runner.start('failover', { cluster: 'orders' });
  const asked = async () => openApproval(world.sim.cluster, { cluster: 'orders', epoch: 1 });
  await expect.poll(asked).toBeDefined();
  await sleep(50);
  expect(world.sim.done).toEqual([]);
  expect(world.sim.told.map((each) => each.kind === 'raised' && each.problem.event)).toContain(
    'failover.awaiting-approval',
  );
  world.runner.sendTaskSuccess((await asked())?.token ?? '', {});
  expect((await world.runner.wait(id)).status).toBe('SUCCEEDED');
  expect(await asked()).toBeUndefined();
});

test.each(['failover.started', 'failover.awaiting-approval'])(
  '%s that a stopped run left open is called over first, so that the next is told',
  async (event) => {
    const { id } = await world.runner.start('failover', { cluster: 'orders' });
    const asked = async () => openApproval(world.sim.cluster, { cluster: 'orders', epoch: 1 });
    await expect.poll(asked).toBeDefined();
    const routes = [{ on: [event], to: ['team'] }];
    const context = { routes, scope: 'vault', now: new Date() } as never;
    const changes = world.sim.told.filter(
      (each) => (each.kind === 'raised' ? each.problem : each).event === event,
    );
    const once = changes.reduce<AlertState | undefined>(
      (state, change) => applyChange(state, change, context),
      undefined,
    );
    expect(once?.outbox.map(({ message }) => message.status)).toEqual(['firing']);
    const twice = changes.reduce((state, change) => applyChange(state, change, context), once);
    expect(twice?.outbox.map(({ message }) => message.status)).toEqual(['resolved', 'firing']);
    world.runner.sendTaskSuccess((await asked())?.token ?? '', {});
    await world.runner.wait(id);
  },
);

test('nobody who answers is a no: nothing was touched', async () => {
  world.sim = simulateCluster({ approval: { required: true, timeout: '1s' } });
  const { id } = await world.runner.start('failover', { cluster: 'orders' });
  expect(await world.runner.wait(id)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  expect(world.sim.done).toEqual([]);
  const seen = await readReport(world.sim.cluster.store, 'orders');
  expect(seen).toMatchObject({ outcome: 'refused', writable: 'a' });
});

test('an approval is void when the world has changed since', async () => {
  const { id } = await world.runner.start('failover', { cluster: 'orders' });
  const asked = async () => openApproval(world.sim.cluster, { cluster: 'orders', epoch: 1 });
  await expect.poll(asked).toBeDefined();
  world.sim.set('b', { streaming: false });
  world.runner.sendTaskSuccess((await asked())?.token ?? '', {});
  const record = await world.runner.wait(id);
  expect(record).toMatchObject({ status: 'FAILED', error: 'FailoverRefusedError' });
  expect(world.sim.done).toEqual([]);
  expect((await readReport(world.sim.cluster.store, 'orders'))?.outcome).toBe('refused');
});

test('another plan than the one that was approved beforehand is refused', async () => {
  const { record, report: seen } = await world.failOver({ approved: 'of-yesterday' });
  expect(record.error).toBe('FailoverRefusedError');
  expect(seen).toMatchObject({ outcome: 'refused', failure: { code: 'PLAN_CHANGED' } });
  expect(world.sim.done).toEqual([]);
});
