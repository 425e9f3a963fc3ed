/** Times whole processes side by side and watches the memory of Holdfast's own ones. */
import { spawn } from 'node:child_process';
import { open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Run {
  readonly seconds: number;
  /** Peak resident memory of each of Holdfast's own processes, by program; empty for other tools. */
  readonly peakMiB: ReadonlyMap<string, number>;
}

export interface Contender {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs before each timed run: empties targets, drops databases. */
  readonly prepare?: () => Promise<void>;
}

export async function timeOnce(contender: Contender): Promise<Run> {
  await contender.prepare?.();
  await warmMemory();
  const [program, ...args] = contender.argv;
  const started = process.hrtime.bigint();
  const child = spawn(program, args, {
    env: { ...process.env, ...contender.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const watch = watchMemory(Number(child.pid));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-4000);
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const peakMiB = await watch.stop();
  if (exitCode !== 0) throw new Error(`${contender.name} exited ${exitCode}: ${stderr}`);
  return { seconds, peakMiB };
}

const warmedBytes = 2 * 1024 ** 3;

/**
 * A virtual machine gives memory that lies idle back to its host, and whoever writes there first waits
 * for it: 561 MB took 1.3 s instead of 0.16 s. Without this a contender that has just removed its last
 * output would find memory at hand that the others have to wait for.
 */
async function warmMemory(): Promise<void> {
  const path = join(process.env['BENCH_DIR'] ?? tmpdir(), `holdfast-bench-warm-${process.pid}`);
  const zeros = Buffer.alloc(8 * 1024 * 1024);
  await using file = await open(path, 'w');
  for (let written = 0; written < warmedBytes; written += zeros.length) await file.write(zeros);
  await rm(path);
}

/** All contenders in turn, `rounds` times, so that a drifting machine meets each alike. */
export async function race(
  contenders: readonly Contender[],
  rounds: number,
): Promise<Map<string, Run[]>> {
  const runs = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      const run = await timeOnce(contender);
      runs.get(contender.name)?.push(run);
      console.error(`  ${contender.name}: ${run.seconds.toFixed(2)} s ${describe(run.peakMiB)}`);
    }
  }
  return runs;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

const describe = (peaks: ReadonlyMap<string, number>) =>
  [...peaks].map(([program, peak]) => `${program} ${peak.toFixed(0)} MiB`).join(', ');

function watchMemory(root: number): { stop(): Promise<Map<string, number>> } {
  const peaks = new Map<string, number>();
  let running = true;
  const loop = (async () => {
    while (running) {
      for (const pid of await descendants(root)) await note(pid, peaks);
      // The kernel keeps each peak: looking seldom costs the contenders nothing.
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();
  return {
    async stop() {
      running = false;
      await loop;
      return peaks;
    },
  };
}

async function descendants(root: number): Promise<number[]> {
  const parents = await parentsByPid();
  const family = [root];
  for (const pid of family) {
    for (const [child, parent] of parents) if (parent === pid) family.push(child);
  }
  return family;
}

async function parentsByPid(): Promise<Map<number, number>> {
  const parents = new Map<number, number>();
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = /\) \S (\d+)/.exec(stat)?.[1];
    if (parent) parents.set(Number(name), Number(parent));
  }
  return parents;
}

async function note(pid: number, peaks: Map<string, number>): Promise<void> {
  const [command, status] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''),
  ]);
  const program = /dist\/([a-z-]+)\.js/.exec(command)?.[1];
  const peakKiB = /^VmHWM:\s+(\d+)/m.exec(status)?.[1];
  if (!program || !peakKiB) return;
  peaks.set(program, Math.max(peaks.get(program) ?? 0, Number(peakKiB) / 1024));
}
