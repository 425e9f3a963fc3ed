/** Peak memory of Holdfast's own processes must not grow with the size of the source. */
import { fillDatabase } from '../data/database.ts';
import { type Run, timeOnce } from '../measure.ts';
import type { CaseResult } from '../report.ts';
import type { World } from '../world.ts';

const sizes = { small: 200, large: 2000 } as const;

export async function benchMemory(world: World, rounds: number): Promise<CaseResult> {
  const runs = new Map<string, Run[]>();
  for (const [name, megabytes] of Object.entries(sizes)) {
    await world.createDatabase(name);
    await fillDatabase(world.databaseUrl(name), megabytes);
    for (const verb of ['backup', 'restore'] as const) {
      const label = `${verb}, ${megabytes} MB`;
      const list: Run[] = [];
      for (let round = 0; round < rounds; round++) list.push(await once(world, verb, name));
      runs.set(label, list);
    }
    await world.dropDatabase(name);
  }
  const peak = (label: string) =>
    Math.max(...(runs.get(label) ?? []).flatMap(({ peakMiB }) => [...peakMiB.values()]));
  const rows = (['backup', 'restore'] as const).flatMap((verb) => {
    const [small, large] = [peak(`${verb}, ${sizes.small} MB`), peak(`${verb}, ${sizes.large} MB`)];
    return [
      {
        label: `${verb}: peak at 2 GB (MiB)`,
        value: large,
        target: 'at most 256',
        met: large <= 256,
      },
      {
        label: `${verb}: peak at 2 GB / at 200 MB`,
        value: large / small,
        target: 'at most 1.10',
        met: large / small <= 1.1,
      },
    ];
  });
  return { title: "Peak memory of Holdfast's own processes", rows, runs };
}

async function once(world: World, verb: 'backup' | 'restore', name: string): Promise<Run> {
  const target = world.databaseUrl('restored');
  const args = verb === 'backup' ? ['backup', name] : ['restore', name, '--to', target];
  return timeOnce({
    name: `${verb} ${name}`,
    argv: world.holdfast('s3', ...args),
    env: world.env,
    prepare: () => world.dropDatabase('restored'),
  });
}
