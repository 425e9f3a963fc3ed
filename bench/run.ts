/**
 * `npm run bench [postgres|files|memory …]`: everything side by side in one run, into bench/RESULTS.md.
 * `record` counts what runs need, into src/core/cost/recorded.json; `scale` simulates ten thousand
 * sources with those figures, into bench/SCALE.md; `functions` weighs the packages of the functions, into
 * bench/FUNCTIONS.md.
 */
import { writeFile } from 'node:fs/promises';
import { benchFiles } from './cases/files.ts';
import { benchFunctions } from './cases/functions.ts';
import { benchMemory } from './cases/memory.ts';
import { benchPostgres } from './cases/postgres.ts';
import { benchScale } from './cases/scale.ts';
import { writeRecorded } from './recorded/recorded-file.ts';
import { type CaseResult, markdown } from './report.ts';
import { buildWorld, type World } from './world.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
const races: Record<string, (world: World) => Promise<CaseResult[]>> = {
  postgres: (world) => benchPostgres(world, rounds),
  files: (world) => benchFiles(world, rounds),
  // A peak hardly varies: one run of each is enough.
  memory: async (world) => [await benchMemory(world, 1)],
};

const pages: Record<string, () => Promise<string>> = {
  record: async () => JSON.stringify(await writeRecorded(new Date()), undefined, 2),
  async scale() {
    const text = await benchScale(new Date());
    await writeFile(new URL('SCALE.md', import.meta.url), text);
    return text;
  },
  async functions() {
    const text = await benchFunctions(new Date());
    await writeFile(new URL('FUNCTIONS.md', import.meta.url), text);
    return text;
  },
};

const chosen = process.argv.slice(2);
for (const name of chosen) if (pages[name]) console.log(await pages[name]());
const names = chosen.length > 0 ? chosen.filter((name) => races[name]) : Object.keys(races);
if (names.length > 0) await raceAll();

async function raceAll(): Promise<void> {
  const world = await buildWorld(['shop', 'small', 'large']);
  try {
    const results: CaseResult[] = [];
    for (const name of names) {
      console.error(name);
      results.push(...((await races[name]?.(world)) ?? []));
    }
    const text = markdown(results, new Date());
    if (chosen.length === 0) await writeFile(new URL('RESULTS.md', import.meta.url), text);
    console.log(text);
  } finally {
    await world.close();
  }
}
