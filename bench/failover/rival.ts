/** Another tool that fails PostgreSQL over, raced in the same way: the primary's machine dies under load. */
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startWriter } from '../../test/failover/writing.ts';
import { idsAt, outageOf, type Seen } from './outage.ts';

export interface Rival {
  readonly name: string;
  readonly folder: string;
  /** Of both nodes; the client tries one after the other, as `target_session_attrs=read-write` does. */
  readonly addresses: readonly [string, string];
  /** The application's URL, with any address. */
  readonly application: string;
  /** Waits until one is primary and the other can take over; its address. */
  ready(): Promise<string>;
  /** The server and what watches over it. */
  kill(address: string): void;
  revive(address: string): void;
  query<Row extends object>(address: string, sql: string): Promise<Row[]>;
  stop(): Promise<void>;
}

/** Each line of `rival` is told as it comes: a race takes minutes. */
export async function raceRival(open: () => Promise<Rival>, rounds: number): Promise<Seen[]> {
  const rival = await open();
  const runs: Seen[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const seen = await one(rival, round);
      const milliseconds = seen.outageMilliseconds.toFixed(0);
      console.error(`  ${rival.name}: ${milliseconds} ms, ${seen.lost} lost`);
      runs.push(seen);
    }
  } finally {
    await rival.stop();
  }
  return runs;
}

/** The longest time between two looks that these tools take at their cluster by default, in milliseconds. */
const longestLook = 10_000;
/** A hundred lines of the writer's. */
export const written = 10_000;

async function one(rival: Rival, round: number): Promise<Seen> {
  const primary = await rival.ready();
  const { addresses, application, folder } = rival;
  const lane = { addresses, first: 1 + round * 1e7, pause: 1 };
  const file = join(folder, 'bench.jsonl');
  const writer = await startWriter(file, application, [lane]);
  await untilGrown(file, written, 30);
  // Where in such an interval the primary dies is left to chance.
  await sleep(Math.random() * longestLook);
  rival.kill(primary);
  await untilGrown(file, written, 240);
  const all = await writer.stop();
  const successor = all.at(-1)?.address ?? '';
  if (successor === primary) throw new Error(`${rival.name} did not fail over`);
  const there = await idsAt((sql) => rival.query(successor, sql));
  rival.revive(primary);
  return outageOf(all, there);
}

/** Its size: to read it over and over would take the machine from those that race. */
export async function untilGrown(file: string, bytes: number, seconds: number): Promise<void> {
  const size = async () => (await stat(file)).size;
  const goal = (await size()) + bytes;
  await until('writes', seconds, async () => (await size()) > goal);
}

/** `undefined`: all are there; else how to install what is not. */
export async function missing(
  programs: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const found = await Promise.all(
    Object.entries(programs).map(async ([path, name]) => {
      const there = await promisify(execFile)('ls', [path]).then(
        () => true,
        () => false,
      );
      return there ? [] : [name];
    }),
  );
  const packages = found.flat();
  if (packages.length === 0) return undefined;
  return `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

export async function until(what: string, seconds: number, reached: () => Promise<boolean>) {
  const giveUpAt = performance.now() + seconds * 1000;
  while (!(await reached().catch(() => false))) {
    if (performance.now() > giveUpAt) throw new Error(`${what} did not come in ${seconds} s`);
    await sleep(100);
  }
}
