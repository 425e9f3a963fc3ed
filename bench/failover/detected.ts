/** Holdfast left to itself: `holdfast serve` sees that the primary is down, and begins the failover. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FailoverLab, otherOf } from '../../test/failover/lab.ts';
import { startWriter } from '../../test/failover/writing.ts';
import { zoneName } from '../../test/servers/bind.ts';
import { stop as stopChild } from '../../test/servers/process.ts';
import { program } from './holdfast.ts';
import { idsAt, outageOf, type Seen } from './outage.ts';
import { until, untilGrown, written } from './rival.ts';

const looks = {
  /** `detection:` where nothing is said. */
  defaults: { every: '5s', failures: 3, longestMilliseconds: 5000 },
  /** As docs/failover.md has it. */
  tuned: { every: '1s', failures: 3, longestMilliseconds: 1000 },
} as const;

/** A cluster of its own for each run: it begins none by itself within an hour of the last. */
export async function raceDetector(timing: keyof typeof looks, rounds: number): Promise<Seen[]> {
  const runs: Seen[] = [];
  for (let round = 0; round < rounds; round++) {
    const lab = await FailoverLab.start();
    try {
      const seen = await one(lab, looks[timing]);
      const milliseconds = seen.outageMilliseconds.toFixed(0);
      console.error(`  holdfast serve, ${timing}: ${milliseconds} ms, ${seen.lost} lost`);
      runs.push(seen);
    } finally {
      await lab.close();
    }
  }
  return runs;
}

async function one(
  lab: FailoverLab,
  { longestMilliseconds, ...detection }: (typeof looks)[keyof typeof looks],
): Promise<Seen> {
  await lab.configure({
    detection: { ...detection, automatic: true },
    approval: { required: false },
    budget: { seconds: 60, bytes: 16_777_216 },
  });
  const daemon = await serve(lab);
  try {
    const primary = (await lab.primary()) ?? 'a';
    const lane = { name: `db.${zoneName}`, nameServer: lab.bind.server, first: 1, pause: 1 };
    const file = join(lab.folder, 'bench.jsonl');
    const writer = await startWriter(file, lab.pair.application, [lane]);
    await untilGrown(file, written, 30);
    await sleep(Math.random() * longestMilliseconds);
    await lab.pair[primary].signal('SIGKILL');
    await untilGrown(file, written, 120);
    const all = await writer.stop();
    await until('the report', 120, async () => (await lab.reports()).length > 0);
    return outageOf(all, await idsAt((sql) => lab.pair[otherOf(primary)].query(sql)));
  } finally {
    await stopChild(daemon);
  }
}

async function serve(lab: FailoverLab): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, 'serve', '--port', '0'], {
    cwd: lab.folder,
    env: { ...process.env, ...lab.environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = new Promise<void>((heard) => {
    child.stderr.on('data', (bytes: Buffer) => bytes.includes('serving') && heard());
  });
  await Promise.race([said, once(child, 'exit')]);
  return child;
}
