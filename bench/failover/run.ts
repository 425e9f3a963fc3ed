/** `npm run bench:failover`: the outage that a client sees, into bench/FAILOVER.md. */
import { writeFile } from 'node:fs/promises';
import { raceHoldfast } from './holdfast.ts';
import { page } from './page.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 20);

const planned = await raceHoldfast('planned', rounds);
const forced = await raceHoldfast('forced', Math.max(3, Math.floor(rounds / 4)));
const text = page({ planned, forced, now: new Date() });
await writeFile(new URL('../FAILOVER.md', import.meta.url), text);
console.log(text);
