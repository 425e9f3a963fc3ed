import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { buildDeployedWorld, type DeployedWorld } from './world.ts';

let world: DeployedWorld;

const sum = async (database: string) =>
  world.server.query('select count(*)::int as rows, sum(hashtext(token)) from orders', {
    database,
  });

describe.skipIf(inject('noContainers') !== '')('the package, deployed', () => {
  beforeAll(async () => {
    world = await buildDeployedWorld({
      sources: { shop: { schedule: 'rate(1 minute)' }, crm: { schedule: 'rate(1 minute)' } },
    });
  });
  afterAll(() => world?.close());

  test('the schedule fires, and every source that is due is dumped, verified and retained', async () => {
    const scheduled = () => world.newest('scheduled');
    await expect
      .poll(async () => (await scheduled())?.status, { timeout: 150_000, interval: 500 })
      .toBe('SUCCEEDED');
    expect(JSON.parse((await scheduled())?.output ?? '')).toEqual({
      due: 2,
      started: 2,
      failed: 0,
    });
    const { output = '' } = (await world.newest('backup')) ?? {};
    expect(JSON.parse(output)).toMatchObject({ outcome: 'good' });
    expect(await world.inbox.messages()).toEqual([]);
  });

  test('the set is restored on this machine from the bucket alone', async () => {
    const target = world.server.urlOf('shop_copy');
    const restored = await world.holdfast('--local', 'restore', 'shop', '--to', target);
    expect(restored, restored.stderr).toMatchObject({ exitCode: 0 });
    expect(await sum('shop_copy')).toEqual(await sum('shop'));
  });
});
