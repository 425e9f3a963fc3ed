/** A small real world to break: a database, a directory, a vault, and the built command line. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type PostgresFixture, startPostgres } from '../servers/postgres.ts';

const program = new URL('../../dist/holdfast.js', import.meta.url).pathname;

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly finished: Promise<Finished>;
}

export interface FaultWorld {
  readonly folder: string;
  readonly vault: string;
  readonly tree: string;
  readonly server: PostgresFixture;
  readonly env: Record<string, string>;
  start(...args: string[]): Running;
  holdfast(...args: string[]): Promise<Finished>;
  /** Runs with `--json` and gives the envelope's result; throws with what was printed unless it exits 0. */
  result<T>(...args: string[]): Promise<T>;
  /** Rewrites the configuration. */
  configure(changes: object): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly rows?: number;
  readonly vaultFolder?: string;
  /** Instead of the directory in the world's folder. */
  readonly primary?: object;
  readonly env?: Record<string, string>;
}

export async function buildWorld(options: WorldOptions = {}): Promise<FaultWorld> {
  if (!existsSync(program)) throw new Error('dist/ is missing: run `npm run build` first');
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-faults-'));
  const vault = options.vaultFolder ?? join(folder, 'vault');
  const tree = join(folder, 'tree');
  const server = await startPostgres();
  await fill(server, options.rows ?? 20_000, tree);
  const env: Record<string, string> = {
    ...options.env,
    SHOP_URL: server.urlOf('shop'),
    HOLDFAST_KEY: randomBytes(32).toString('base64'),
    NO_COLOR: '1',
  };
  const primary = options.primary ?? { url: `file://${vault}` };
  const configure = (changes: object) =>
    writeFile(
      join(folder, 'holdfast.yaml'),
      stringify({ ...configuration(primary, tree), ...changes }),
    );
  await configure({});
  const start = (...args: string[]) => run(args, folder, env);
  const holdfast = (...args: string[]) => start(...args).finished;
  return {
    folder,
    vault,
    tree,
    server,
    env,
    start,
    holdfast,
    configure,
    async result<T>(...args: string[]): Promise<T> {
      const { exitCode, stdout, stderr } = await holdfast(...args, '--json');
      if (exitCode !== 0)
        throw new Error(`${args.join(' ')} exited ${exitCode}: ${stdout}${stderr}`);
      return (JSON.parse(stdout) as { result: T }).result;
    },
    async close() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration(primary: object, tree: string): object {
  return {
    vault: { primary, encryption: { key: 'env:HOLDFAST_KEY' } },
    sources: {
      shop: {
        engine: 'postgres',
        connection: 'env:SHOP_URL',
        policies: { daily: { keep: { last: 3 } } },
      },
      tree: {
        engine: 'files',
        path: tree,
        policies: { daily: { method: 'incremental', full: 'weekly', keep: { last: 3 } } },
      },
    },
  };
}

async function fill(server: PostgresFixture, rows: number, tree: string): Promise<void> {
  await server.query('create database shop');
  await server.query(
    `create table orders (id bigint primary key, note text);
     insert into orders select n, md5(n::text) || repeat(md5((n * 7)::text), 8) from generate_series(1, ${rows}) n;
     create table customers as select n as id, 'customer ' || n as name from generate_series(1, 500) n`,
    { database: 'shop' },
  );
  for (let n = 0; n < 40; n++) {
    const folder = join(tree, `d${n % 4}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `f${n}`), randomBytes(10_000 + n * 1000));
  }
}

function run(args: string[], cwd: string, env: Record<string, string>): Running {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      output[name] += chunk.toString();
    });
  }
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject).once('exit', (exitCode) => {
      // Orphans may hold the pipes open after a kill: what was printed by then is enough.
      setTimeout(() => resolve({ exitCode, ...output }), 20);
    });
  });
  return { pid: Number(child.pid), finished };
}

/** Processes below `root`, each with its command line. */
export async function family(root: number): Promise<{ pid: number; command: string }[]> {
  const processes = await allProcesses();
  const pids = new Set([root]);
  // /proc lists by pid, and a wrapped pid space may list a child before its parent.
  for (let before = 0; before !== pids.size; ) {
    before = pids.size;
    for (const { pid, parent } of processes) if (pids.has(parent)) pids.add(pid);
  }
  return processes.filter(({ pid }) => pids.has(pid));
}

async function allProcesses(): Promise<{ pid: number; parent: number; command: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const read = (pid: number, file: string) =>
    readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  return Promise.all(
    pids.map(async (pid) => {
      const parent = Number(/\) \S (\d+)/.exec(await read(pid, 'stat'))?.[1] ?? 0);
      const command = (await read(pid, 'cmdline')).replaceAll('\0', ' ').trim();
      return { pid, parent, command };
    }),
  );
}

/** Small, seeded, good enough to choose moments: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
