/** `npm run bench:failover`: outages as a client sees them, Holdfast and others in one run, into bench/FAILOVER.md. */
import { writeFile } from 'node:fs/promises';
import { raceHoldfast } from './holdfast.ts';
import type { Seen } from './outage.ts';
import { page } from './page.ts';
import { racePatroni } from './patroni.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 20);
const others = Number(process.env['BENCH_OTHERS'] ?? 3);

const planned = await raceHoldfast('planned', rounds);
const forced = await raceHoldfast('forced', Math.max(3, Math.floor(rounds / 4)));
const patroni: [string, Seen[]][] = [];
for (const settings of ['default', 'tuned']) {
  patroni.push([settings, await racePatroni(settings, others)]);
}
const text = page({ planned, forced, patroni, now: new Date() });
await writeFile(new URL('../FAILOVER.md', import.meta.url), text);
console.log(text);
