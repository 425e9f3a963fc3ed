/** Holdfast itself: the built command line, a client that asks the authority of the zone for each connection. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { FailoverReport } from '../../src/core/failover/report.ts';
import { FailoverLab, otherOf } from '../../test/failover/lab.ts';
import { startWriter } from '../../test/failover/writing.ts';
import { zoneName } from '../../test/servers/bind.ts';
import { idsAt, outageOf, type Seen } from './outage.ts';

export interface HoldfastRun extends Seen {
  /** From the start of the command to the first write at the new primary. */
  readonly untilWrittenMilliseconds: number;
  readonly report: FailoverReport;
  /** When the command was given, since 1970. */
  readonly begunMilliseconds: number;
  /** The whole command. */
  readonly commandMilliseconds: number;
}

const ttlMilliseconds = 5000;
export const program = new URL('../../dist/holdfast.js', import.meta.url).pathname;

/** `ask`: whom the client asks for the name, the zone's authority or a resolver that caches its answers. */
export async function raceHoldfast(
  mode: 'planned' | 'forced',
  ask: 'authority' | 'resolver',
  rounds: number,
): Promise<HoldfastRun[]> {
  const lab = await FailoverLab.start();
  const runs: HoldfastRun[] = [];
  try {
    const { server } = ask === 'authority' ? lab.bind : await lab.bind.resolver();
    for (let round = 0; round < rounds; round++) {
      const run = await one(lab, mode, { round, nameServer: server });
      console.error(
        `  holdfast, ${mode}, by the ${ask}: ${run.outageMilliseconds.toFixed(0)} ms, ${run.lost} lost`,
      );
      runs.push(run);
    }
  } finally {
    await lab.close();
  }
  return runs;
}

async function one(
  lab: FailoverLab,
  mode: string,
  { round, nameServer }: { readonly round: number; readonly nameServer: string },
): Promise<HoldfastRun> {
  const primary = (await lab.primary()) ?? 'a';
  const { pair, bind, folder } = lab;
  const first = 1 + round * 1e7;
  const lane = { name: `db.${zoneName}`, nameServer, first, pause: 1 };
  const writer = await startWriter(join(folder, 'bench.jsonl'), pair.application, [lane]);
  await untilMore(writer, 200);
  // A client that has been connected for longer than the TTL: the resolver has forgotten the name, and asks once more.
  if (nameServer !== bind.server) await sleep(ttlMilliseconds + 1000);
  if (mode === 'forced') await pair[primary].signal('SIGKILL');
  const begun = performance.timeOrigin + performance.now();
  const words = ['failover', 'start', 'orders', '--mode', mode, '--yes', '--json'];
  await promisify(execFile)(process.execPath, [program, ...words], {
    cwd: folder,
    env: { ...process.env, ...lab.environment },
  });
  const commandMilliseconds = performance.timeOrigin + performance.now() - begun;
  await untilMore(writer, 100);
  const all = await writer.stop();
  const to = otherOf(primary);
  const there = await idsAt((sql) => pair[to].query(sql));
  const written = all.find(({ address }) => address === pair[to].address)?.started ?? Number.NaN;
  const report = (await lab.reports()).at(-1);
  if (report === undefined) throw new Error('there is no report');
  return {
    ...outageOf(all, there),
    ...{ report, commandMilliseconds, begunMilliseconds: begun },
    untilWrittenMilliseconds: written - begun,
  };
}

type Writer = Awaited<ReturnType<typeof startWriter>>;
export async function untilMore(writer: Writer, more: number, seconds = 180): Promise<void> {
  const goal = (await writer.acknowledged()).length + more;
  const until = Date.now() + seconds * 1000;
  while ((await writer.acknowledged()).length < goal) {
    if (Date.now() > until) throw new Error(`no write was accepted for ${seconds} s`);
    await sleep(50);
  }
}
