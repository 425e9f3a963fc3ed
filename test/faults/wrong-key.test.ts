import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWorld, type FaultWorld } from './world.ts';

let world: FaultWorld;
beforeAll(async () => {
  world = await buildWorld();
});
afterAll(() => world.close());

describe('a wrong key', () => {
  it('ends every verb that needs it with exit 12 and changes nothing', async () => {
    expect((await world.holdfast('backup', '--all')).exitCode).toBe(0);
    const key = world.env['HOLDFAST_KEY'] ?? '';
    world.env['HOLDFAST_KEY'] = randomBytes(32).toString('base64');
    for (const args of [
      ['backup', 'shop'],
      ['verify', 'shop', '--level', 'read'],
      ['restore', 'tree', '--to', '/tmp/never'],
    ]) {
      const run = await world.holdfast(...args);
      expect(run.exitCode, `${args.join(' ')}: ${run.stdout}${run.stderr}`).toBe(12);
      expect(run.stdout + run.stderr).not.toContain(world.env['HOLDFAST_KEY']);
    }
    world.env['HOLDFAST_KEY'] = key;
    expect((await world.holdfast('verify', '--all', '--level', 'read')).exitCode).toBe(0);
    expect((await world.holdfast('backup', '--all')).exitCode).toBe(0);
  });

  it('that is no key at all is a configuration error', async () => {
    const key = world.env['HOLDFAST_KEY'] ?? '';
    world.env['HOLDFAST_KEY'] = 'c2hvcnQ=';
    const run = await world.holdfast('backup', 'shop');
    expect(run.exitCode, run.stdout + run.stderr).toBe(2);
    world.env['HOLDFAST_KEY'] = key;
  });
});

describe('no vault', () => {
  it('ends every verb but backup with exit 10', async () => {
    const empty = await buildWorld();
    try {
      for (const args of [
        ['list'],
        ['verify', '--all'],
        ['restore', 'shop'],
        ['prune'],
        ['drill', 'shop'],
      ]) {
        const run = await empty.holdfast(...args);
        expect(run.exitCode, `${args.join(' ')}: ${run.stdout}${run.stderr}`).toBe(10);
      }
    } finally {
      await empty.close();
    }
  });
});
