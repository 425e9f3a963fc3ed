/** The machine's clock moves: backwards by hours, forwards by years. libfaketime moves it for whole processes. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWorld, type FaultWorld } from './world.ts';

let world: FaultWorld;
beforeAll(async () => {
  world = await buildWorld();
});
afterAll(() => world.close());

const library = execFileSync('dpkg', ['-L', 'libfaketime'])
  .toString()
  .split('\n')
  .find((line) => line.endsWith('/libfaketime.so.1'));

async function at(offset: string, ...args: string[]) {
  Object.assign(world.env, {
    LD_PRELOAD: library,
    FAKETIME: offset,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  });
  try {
    return await world.holdfast(...args);
  } finally {
    delete world.env['LD_PRELOAD'];
    delete world.env['FAKETIME'];
  }
}

interface Listed {
  readonly backups: { id: string; source: string }[];
}
const ids = async () => (await world.result<Listed>('list', 'shop')).backups.map(({ id }) => id);

describe('a clock that moves', () => {
  it('back by three hours: the next backup works and the good one stays', async () => {
    expect((await world.holdfast('backup', 'shop')).exitCode).toBe(0);
    const before = await ids();
    const run = await at('-3h', 'backup', 'shop');
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    const after = await ids();
    expect(after).toHaveLength(2);
    expect(after).toEqual(expect.arrayContaining(before));
    const restored = await world.holdfast(
      'restore',
      'shop',
      '--to',
      world.server.urlOf('after_clock'),
    );
    expect(restored.exitCode, restored.stdout + restored.stderr).toBe(0);
  });

  it('forward by ten years: pruning then takes no verified set below the floor', async () => {
    const before = await ids();
    const run = await at('+3650d', 'prune');
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    expect(await ids()).toEqual(before);
  });
});
