/**
 * `npm run bench:failover [-- PART…]`: the outage that a client sees, into bench/FAILOVER.md where all parts ran,
 * else on the screen only. What dies is raced at the same time: it waits more than it works.
 */
import { writeFile } from 'node:fs/promises';
import { raceDetector } from './detected.ts';
import { raceHoldfast } from './holdfast.ts';
import { page } from './page.ts';
import { openPatroni, programs as patroniPrograms } from './patroni/patroni.ts';
import {
  openPgAutoFailover,
  programs as pgAutoFailoverPrograms,
} from './pg-auto-failover/pg-auto-failover.ts';
import type { Contest } from './results.ts';
import { missing, raceRival } from './rival.ts';

const parts = ['planned', 'forced', 'resolver', 'serve', 'patroni', 'pg_auto_failover'] as const;
type Part = (typeof parts)[number];
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 20);
const deaths = Math.max(1, Math.floor(rounds / 4));
const words = process.argv.slice(2);
const chosen = (part: Part): boolean => words.length === 0 || words.includes(part);
const unknown = words.filter((word) => !parts.some((part) => part === word));
if (unknown.length > 0)
  throw new Error(`no part ${unknown.join(', ')}; there are ${parts.join(', ')}`);

const holdfast = (part: Part, ...[mode, ask, times]: Parameters<typeof raceHoldfast>) =>
  chosen(part) ? raceHoldfast(mode, ask, times) : [];

/** One that fails is named, and stops no other. */
async function contest(
  part: Part,
  facts: Pick<Contest, 'name' | 'noticed'>,
  race: () => Promise<Contest['runs'] | string>,
): Promise<Contest> {
  if (!chosen(part)) return { ...facts, runs: [], note: 'not asked for' };
  try {
    const runs = await race();
    return typeof runs === 'string' ? { ...facts, runs: [], note: runs } : { ...facts, runs };
  } catch (error) {
    console.error(error);
    return {
      ...facts,
      runs: [],
      note: `failed: ${error instanceof Error ? error.message : error}`,
    };
  }
}

async function unlessMissing<T>(
  programs: Readonly<Record<string, string>>,
  race: () => Promise<T>,
) {
  const install = await missing(programs);
  return install === undefined ? race() : `not installed: \`${install}\``;
}

const patroni = (timing: 'defaults' | 'tuned', noticed: string) =>
  contest('patroni', { name: `Patroni, ${timing}`, noticed }, () =>
    unlessMissing(patroniPrograms, () => raceRival(() => openPatroni(timing), deaths)),
  );

async function detectors(): Promise<Contest[]> {
  const race = (timing: 'defaults' | 'tuned', noticed: string) =>
    contest('serve', { name: `Holdfast, \`holdfast serve\`, ${timing}`, noticed }, () =>
      raceDetector(timing, deaths),
    );
  return [
    await race('defaults', '`holdfast serve`: three looks in a row, one each 5 s; 10 to 15 s'),
    await race('tuned', 'the same, one each second; 2 to 3 s'),
  ];
}

const planned = await holdfast('planned', 'planned', 'authority', rounds);
const forced = await holdfast('forced', 'forced', 'authority', deaths);
const cached = await holdfast('resolver', 'planned', 'resolver', deaths);
const command: Contest = {
  name: 'Holdfast, forced, the command given at once',
  noticed: 'a person, or another tool: that time is not in this figure',
  runs: forced,
};
const others = await Promise.all([
  detectors(),
  patroni(
    'defaults',
    'Patroni at the replica: the key of the leader in etcd lives 30 s, renewed each 10 s; 20 to 30 s',
  ),
  patroni('tuned', 'the same, 20 s, renewed each second; 19 to 20 s'),
  contest(
    'pg_auto_failover',
    {
      name: 'pg_auto_failover, defaults',
      noticed:
        'its monitor: no report for 20 s and failed health checks, one each 5 s; then 30 s for the old primary to demote itself',
    },
    () =>
      unlessMissing(pgAutoFailoverPrograms, () =>
        raceRival(openPgAutoFailover, Math.min(3, deaths)),
      ),
  ),
]);
const text = await page({
  planned,
  cached,
  contests: [command, ...others.flat()],
  now: new Date(),
});
if (words.length === 0) await writeFile(new URL('../FAILOVER.md', import.meta.url), text);
console.log(text);
