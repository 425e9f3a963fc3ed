/** A run that came to no end is gone on with. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readiness } from '../../src/pipeline/failover/prepare.ts';
import type { FailoverFunction } from '../../src/wiring/machines.ts';
import { SimulatedFailovers } from './simulated-failovers.ts';

let world: SimulatedFailovers;
beforeEach(async () => {
  world = await SimulatedFailovers.open();
});
afterEach(() => world.close());

describe('a run that came to no end is gone on with', () => {
  const dieBefore = async (step: FailoverFunction): Promise<void> => {
    world.before[step] = () => new Promise<void>(() => undefined);
    const { id } = await world.runner.start('failover', {
      cluster: 'orders',
      approved: await world.approvedHash(),
    });
    await expect.poll(() => world.sim.done, { timeout: 5000 }).toContain('promote b');
    await sleep(100);
    await world.runner.stop(id, { cause: 'killed' });
    delete world.before[step];
    world.sim.advance(7200);
  };

  const dark = () => {
    world.sim.set('a', 'silent');
    world.sim.set('b', 'silent');
  };

  test('and refused while its new primary is silent: the old one is never given back', async () => {
    world.sim.faults.add('rebuild does not stream');
    expect((await world.failOver()).report).toMatchObject({ outcome: 'exposed', writable: 'b' });
    dark();
    const { report: seen } = await world.failOver();
    expect(seen).toMatchObject({ outcome: 'refused', failure: { code: 'PAST_NO_RETURN' } });
    expect(world.sim.done).not.toContain('unfence a');
  });

  test('nor when that falls silent in the middle of the next run', async () => {
    await dieBefore('verify');
    world.sim.faults.add('catch-up is short');
    world.before['catch-up'] = dark;
    const { report: seen } = await world.failOver();
    expect(seen).toMatchObject({ outcome: 'failed', writable: null });
    expect(seen?.failure?.message).toContain('there is no way back');
    expect(world.sim.done).not.toContain('unfence a');
  });

  test('past a later run that was refused', async () => {
    await dieBefore('verify');
    const refused = await world.failOver({ approved: 'of another time' });
    expect(refused.report).toMatchObject({ epoch: 2, failure: { code: 'PLAN_CHANGED' } });
    const { report: seen } = await world.failOver();
    expect(seen).toMatchObject({ epoch: 3, outcome: 'succeeded', writable: 'b' });
    expect(seen?.phases.find(({ step }) => step === 'assess')?.lines).toContain(
      'goes on with epoch 1 (planned, a → b), which never ended',
    );
    world.holdsInvariants(seen);
  });

  test('where it failed after the promotion', async () => {
    world.sim.faults.add('disk is full');
    expect((await world.failOver()).report).toMatchObject({ outcome: 'failed', writable: null });
    world.sim.faults.clear();
    const { report: seen } = await world.failOver();
    expect(seen).toMatchObject({ epoch: 2, outcome: 'succeeded', from: 'a', to: 'b' });
    world.holdsInvariants(seen);
  });

  test('where the old side did not come back as a replica', async () => {
    world.sim.faults.add('rebuild does not stream');
    expect((await world.failOver()).report).toMatchObject({ outcome: 'exposed', writable: 'b' });
    world.sim.faults.clear();
    world.sim.set('a', 'silent');
    const { report: seen } = await world.failOver();
    expect(seen).toMatchObject({ epoch: 2, outcome: 'succeeded', from: 'a', to: 'b' });
    expect(world.sim.done.filter((line) => line === 'promote b')).toHaveLength(1);
    expect((await world.failOver()).report).toMatchObject({ epoch: 3, from: 'b', to: 'a' });
  });

  test('and is never called ready meanwhile', async () => {
    await dieBefore('cut-over');
    const { ready, findings } = await readiness(world.sim.cluster);
    expect({ ready, findings }).toEqual({
      ready: false,
      findings: ['goes on with epoch 1 (planned, a → b), which never ended'],
    });
    const a = { name: 'a', url: '', control: undefined };
    await world.sim.cluster.engine.unfence(a, world.sim.cluster.signal);
    expect((await readiness(world.sim.cluster)).findings).toContain('a and b both accept writes');
  });
});
