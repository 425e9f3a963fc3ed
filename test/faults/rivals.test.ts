import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWorld, type FaultWorld } from './world.ts';

let world: FaultWorld;
beforeAll(async () => {
  world = await buildWorld({ rows: 150_000 });
  await world.configure({ limits: { uploadMiBPerSecond: 2 } });
});
afterAll(() => world.close());

describe('two backups of one source at once', () => {
  it('let one finish and end the other with exit 11', async () => {
    const first = world.start('backup', 'shop');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const second = await world.holdfast('backup', 'shop');
    expect(second.exitCode, second.stdout + second.stderr).toBe(11);
    const { exitCode, stdout, stderr } = await first.finished;
    expect(exitCode, stdout + stderr).toBe(0);
    const { backups } = await world.result<{ backups: unknown[] }>('list');
    expect(backups).toHaveLength(1);
  });

  it('of different sources go on side by side', async () => {
    const runs = await Promise.all([
      world.holdfast('backup', 'shop'),
      world.holdfast('backup', 'tree'),
    ]);
    expect(
      runs.map(({ exitCode }) => exitCode),
      runs.map((run) => run.stderr).join(),
    ).toEqual([0, 0]);
  });
});
