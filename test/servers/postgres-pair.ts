/** A primary and its standby, on one port of two addresses, with their own pg_ctl: to be failed over. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { installationFor } from '../../src/engines/postgres/installation.ts';
import { serverIdentity } from '../../src/engines/postgres/server-identity.ts';
import { freePort } from './process.ts';

export interface PairNode {
  readonly name: 'a' | 'b';
  readonly address: string;
  readonly data: string;
  /** The administrator's URL. */
  readonly url: string;
  /** For `control: { local: … }`. */
  readonly control: {
    readonly stop: string[];
    readonly start: string[];
    readonly data: string;
    readonly bin: string;
    readonly user?: string;
  };
  /** As administrator, or as `as` says. */
  query<Row extends object>(sql: string, as?: string): Promise<Row[]>;
  signal(signal: NodeJS.Signals): Promise<void>;
  ctl(...args: readonly string[]): Promise<void>;
}

export interface PostgresPair {
  readonly a: PairNode;
  readonly b: PairNode;
  /** The application's URL, with the address of node a. */
  readonly application: string;
  readonly port: number;
  /** A third server, which streams from `from`; it has an address of its own. */
  copy(from: PairNode, name: PairNode['name']): Promise<PairNode>;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const copyWhole = ['-c', 'fast', '-X', 'stream', '-R'];
/** Each pair has its own addresses: several may run at once on one port. */
const host = (node: number): string => `127.0.${1 + (process.pid % 200)}.${node}`;

export async function startPostgresPair(): Promise<PostgresPair> {
  const { bin } = await installationFor('postgres', 15);
  const { uid } = await serverIdentity();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-pair-'));
  const port = await freePort();
  const password = randomBytes(9).toString('base64url');
  if (uid !== undefined) await run('chown', ['postgres:postgres', folder]);
  const as =
    uid === undefined ? [] : ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups'];
  const postgres = async (program: string, ...args: readonly string[]) => {
    const [first = '', ...rest] = [...as, join(bin, program), ...args];
    await run(first, rest, {
      cwd: folder,
      env: { LC_ALL: 'C', PATH: `${bin}:/usr/bin:/bin`, PGPASSWORD: password },
    });
  };
  const all: PairNode[] = [];
  const node = (name: 'a' | 'b', address: string): PairNode => {
    const data = join(folder, all.length < 2 ? name : `${name}-${all.length}`);
    const url = `postgres://postgres:${password}@${address}:${port}/shop`;
    const ctl = (...args: readonly string[]) => postgres('pg_ctl', '-D', data, '-w', ...args);
    const start = [
      '-l',
      join(folder, `${name}.log`),
      '-o',
      `-p ${port} -c listen_addresses=${address} -c unix_socket_directories=`,
      'start',
    ];
    const made: PairNode = {
      ...{ name, address, data, url },
      control: {
        stop: [join(bin, 'pg_ctl'), '-D', data, '-w', '-m', 'fast', '-t', '10', 'stop'],
        start: [join(bin, 'pg_ctl'), '-D', data, '-w', ...start],
        ...{ data, bin },
        ...(uid === undefined ? {} : { user: 'postgres' }),
      },
      query: (sql, as = url) => query(as, sql),
      signal: async (signal) => {
        const [pid] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
        // The whole server: one that only lost its parent still answers.
        const { stdout } = await run('pgrep', ['-P', String(pid)]).catch(() => ({ stdout: '' }));
        for (const each of [pid, ...stdout.trim().split('\n')])
          if (each) killIfThere(Number(each), signal);
      },
      ctl: (...args) => (args[0] === 'start' ? patiently(() => ctl(...start)) : ctl(...args)),
    };
    all.push(made);
    return made;
  };
  const [a, b] = [node('a', host(2)), node('b', host(3))];
  const pwfile = join(folder, 'password');
  await writeFile(pwfile, password);
  await run('chmod', ['644', pwfile]);
  await postgres(
    'initdb',
    '-D',
    a.data,
    '-U',
    'postgres',
    '-A',
    'scram-sha-256',
    `--pwfile=${pwfile}`,
    '-E',
    'UTF8',
    '--no-sync',
    '--data-checksums',
  );
  await appendFile(
    join(a.data, 'postgresql.conf'),
    `wal_keep_size = '256MB'\nmax_connections = 40\nlog_min_messages = warning\n`,
  );
  await appendFile(
    join(a.data, 'pg_hba.conf'),
    'host all,replication all 127.0.0.0/8 scram-sha-256\n',
  );
  await a.ctl('start');
  await query(a.url.replace(/shop$/, 'postgres'), 'create database shop');
  await a.query(
    `create role app login password '${password}'; create table ledger (id bigint primary key, at timestamptz not null default now()); grant all on ledger to app`,
  );
  const follow = async (from: PairNode, to: PairNode) => {
    const source = `host=${from.address} port=${port} user=postgres`;
    await postgres('pg_basebackup', '-d', source, '-D', to.data, ...copyWhole);
    await to.ctl('start');
    return to;
  };
  await follow(a, b);
  const application = `postgres://app:${password}@${a.address}:${port}/shop`;
  return {
    ...{ a, b, application, port },
    copy: (from, name) => follow(from, node(name, host(2 + all.length))),
    async stop() {
      for (const each of all) {
        await each.signal('SIGCONT').catch(() => undefined);
        await each.ctl('-m', 'immediate', 'stop').catch(() => undefined);
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A process that was killed keeps its pid, and with it the server's lock, until somebody collects it. */
async function patiently(start: () => Promise<void>): Promise<void> {
  const giveUpAt = performance.now() + 5000;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      const locked = error instanceof Error && error.message.includes('another server might be');
      if (!locked || performance.now() > giveUpAt) throw error;
      await sleep(200);
    }
  }
}

async function query<Row extends object>(connectionString: string, sql: string): Promise<Row[]> {
  const client = new Client({
    connectionString,
    connectionTimeoutMillis: 10_000,
    application_name: 'test',
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const result: unknown = await client.query(sql);
    const last = Array.isArray(result) ? result.at(-1) : result;
    return (last as { rows: Row[] }).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Its processes end by themselves when the first is killed. */
function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
