/** Services are scaled with the database, and given back when the run is undone. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requestAbort } from '../../src/pipeline/failover/claim.ts';
import { simulateCluster } from '../pipeline/failover/simulated-cluster.ts';
import { SimulatedFailovers } from './simulated-failovers.ts';

let world: SimulatedFailovers;
beforeEach(async () => {
  world = await SimulatedFailovers.open();
});
afterEach(() => world.close());

describe('what is scaled around the database', () => {
  const web = { cluster: 'shop', service: 'web' };
  const idle = { cluster: 'shop', service: 'idle', node: 'b' };
  beforeEach(() => {
    world.sim = simulateCluster({
      freeze: [{ ecs: web }, { ecs: idle }],
      activate: [{ ecs: { ...web, within: '1s' } }, { ecs: { ...idle, node: 'a', count: 1 } }],
    });
  });
  const scaled = () => world.sim.done.filter((line) => line.startsWith('ecs'));

  test('goes before the fence, and comes back when the name leads to the new primary', async () => {
    const { report: seen } = await world.failOver();
    expect(seen?.outcome).toBe('succeeded');
    expect(world.sim.done.slice(0, 2)).toEqual(['ecs shop/web → 0', 'fence a']);
    expect(world.sim.done.indexOf('ecs shop/web → 3')).toBeGreaterThan(
      world.sim.done.indexOf('name 127.0.0.3'),
    );
    expect(JSON.stringify(seen?.phases)).toContain('ecs shop/idle is of b, and stays');
    expect(JSON.stringify(seen?.phases)).toContain('ecs shop/idle is of a, and stays');
  });

  test('is up before a cache asks it anew, with a reference of that run', async () => {
    world.sim = simulateCluster({
      freeze: [{ ecs: web }],
      activate: [{ cloudfront: { distribution: 'E1A2B3C4' } }, { ecs: web }],
    });
    expect((await world.failOver()).report?.outcome).toBe('succeeded');
    const woken = world.sim.done.indexOf('ecs shop/web → 3');
    expect(world.sim.done[woken + 1]).toBe('invalidate holdfast-orders-1-E1A2B3C4');
  });

  test('is given back where a step fails between freeze and fence', async () => {
    world.before.fence = () => requestAbort(world.sim.cluster).then(() => undefined);
    const { report: seen } = await world.failOver();
    expect(seen).toMatchObject({ outcome: 'rolled-back', writable: 'a' });
    expect(scaled()).toEqual(['ecs shop/web → 0', 'ecs shop/web → 3']);
  });

  test('is named where it cannot be given back, and a run that goes on still knows how many there were', async () => {
    world.before.fence = () => requestAbort(world.sim.cluster).then(() => undefined);
    world.sim.faults.add('services stay down');
    const { report: seen } = await world.failOver();
    expect(seen).toMatchObject({ outcome: 'failed', writable: 'a' });
    world.sim.faults.clear();
    world.before = {};
    expect((await world.failOver()).report?.outcome).toBe('succeeded');
    expect(scaled()).toEqual(['ecs shop/web → 0', 'ecs shop/web → 0', 'ecs shop/web → 3']);
  });

  test('that does not come up leaves the run exposed, and says how many are up', async () => {
    world.sim.faults.add('services do not come up');
    const { report: seen } = await world.failOver();
    expect(seen).toMatchObject({ outcome: 'exposed', failure: { code: 'ACTIVATE_FAILED' } });
    expect(seen?.failure?.message).toContain('ecs shop/web: 0 of 3 are up after 1s');
  });

  test('of which nobody answers refuses a planned run, and does not stop a forced one', async () => {
    world.sim.faults.add('services are dark');
    expect((await world.failOver()).report).toMatchObject({
      failure: { code: 'FAILOVER_NOT_READY' },
    });
    world.sim.set('a', 'silent');
    world.sim.set('b', { streaming: false });
    const { report: seen } = await world.failOver({ mode: 'forced' });
    expect(seen).toMatchObject({ outcome: 'exposed', failure: { code: 'ACTIVATE_FAILED' } });
    expect(JSON.stringify(seen?.phases)).toContain('ecs shop/web was NOT scaled to 0');
  });
});
