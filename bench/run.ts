/** `npm run bench [postgres|files|memory …]`: everything side by side in one run, into bench/RESULTS.md. */
import { writeFile } from 'node:fs/promises';
import { benchFiles } from './cases/files.ts';
import { benchMemory } from './cases/memory.ts';
import { benchPostgres } from './cases/postgres.ts';
import { type CaseResult, markdown } from './report.ts';
import { buildWorld, type World } from './world.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
const cases: Record<string, (world: World) => Promise<CaseResult[]>> = {
  postgres: (world) => benchPostgres(world, rounds),
  files: (world) => benchFiles(world, rounds),
  // A peak hardly varies: one run of each is enough.
  memory: async (world) => [await benchMemory(world, 1)],
};

const chosen = process.argv.slice(2);
const names = chosen.length > 0 ? chosen : Object.keys(cases);
const world = await buildWorld(['shop', 'small', 'large']);
try {
  const results: CaseResult[] = [];
  for (const name of names) {
    console.error(name);
    results.push(...((await cases[name]?.(world)) ?? []));
  }
  const text = markdown(results, new Date());
  if (chosen.length === 0) await writeFile(new URL('RESULTS.md', import.meta.url), text);
  console.log(text);
} finally {
  await world.close();
}
