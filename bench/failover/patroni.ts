/** Patroni (PyPI) with an etcd of Debian, two nodes: the primary's machine goes, Patroni and PostgreSQL with it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { parse, stringify } from 'yaml';
import { startWriter } from '../../test/failover/writing.ts';
import { freePort } from '../../test/servers/process.ts';
import { untilMore } from './holdfast.ts';
import { idsAt, outageOf, type Seen } from './outage.ts';

const bin = '/usr/lib/postgresql/15/bin';
const addresses = ['127.0.250.2', '127.0.250.3'];
const password = 'bench';

/** `settings`: `default` or `tuned`, a file of this folder. PATRONI names the program. */
export async function racePatroni(settings: string, rounds: number): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (let round = 0; round < rounds; round++) {
    const run = await one(settings);
    console.error(
      `  patroni, ${settings}: ${run.outageMilliseconds.toFixed(0)} ms, ${run.lost} lost`,
    );
    seen.push(run);
  }
  return seen;
}

async function one(settings: string): Promise<Seen> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-patroni-'));
  execFileSync('chmod', ['755', folder]);
  const children: ChildProcess[] = [];
  try {
    const etcd = await startEtcd(folder, children);
    const port = await freePort();
    const begin = async (n: number) => {
      const child = await startNode({ folder, etcd, port, n, settings });
      children.push(child);
      return child;
    };
    const nodes = [await begin(0)];
    await untilRole(port, 0, false);
    nodes.push(await begin(1));
    await untilRole(port, 1, true);
    await untilStreaming(port);
    const url = `postgres://postgres:${password}@${addresses[0]}:${port}/postgres`;
    const lane = { addresses, first: 1, pause: 1 };
    const writer = await startWriter(join(folder, 'ledger.jsonl'), url, [lane]);
    await untilMore(writer, 200);
    await killNode(join(folder, 'data0'), nodes[0]);
    await untilMore(writer, 100);
    const all = await writer.stop();
    return outageOf(all, await idsAt((sql) => query(port, 1, sql)));
  } finally {
    for (const child of children.reverse()) child.kill('SIGTERM');
    await sleep(3000);
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function startEtcd(folder: string, children: ChildProcess[]): Promise<string> {
  const [client, peer] = [await freePort(), await freePort()];
  const of = (port: number) => `http://127.0.0.1:${port}`;
  children.push(
    spawn(
      'etcd',
      [
        ...['--data-dir', join(folder, 'etcd'), '--name', 'e'],
        ...['--listen-client-urls', of(client), '--advertise-client-urls', of(client)],
        ...['--listen-peer-urls', of(peer), '--initial-advertise-peer-urls', of(peer)],
        ...['--initial-cluster', `e=${of(peer)}`],
      ],
      { stdio: 'ignore' },
    ),
  );
  await sleep(2000);
  return `127.0.0.1:${client}`;
}

interface Node {
  readonly folder: string;
  readonly etcd: string;
  readonly port: number;
  readonly n: number;
  readonly settings: string;
}

async function startNode({ folder, etcd, port, n, settings }: Node): Promise<ChildProcess> {
  const file = new URL(`patroni.${settings}.yaml`, import.meta.url);
  const dcs = parse(await readFile(file, 'utf8'));
  const address = addresses[n];
  const rest = await freePort();
  const configuration = {
    scope: 'bench',
    name: `n${n}`,
    restapi: { listen: `127.0.0.1:${rest}`, connect_address: `127.0.0.1:${rest}` },
    etcd3: { hosts: etcd },
    bootstrap: { dcs, initdb: [{ encoding: 'UTF8' }, 'data-checksums'] },
    postgresql: {
      listen: `${address}:${port}`,
      connect_address: `${address}:${port}`,
      data_dir: join(folder, `data${n}`),
      bin_dir: bin,
      pgpass: join(folder, `pgpass${n}`),
      pg_hba: ['host all all 127.0.0.0/8 md5', 'host replication all 127.0.0.0/8 md5'],
      authentication: {
        superuser: { username: 'postgres', password },
        replication: { username: 'repl', password },
      },
      parameters: { unix_socket_directories: '' },
    },
  };
  const config = join(folder, `n${n}.yaml`);
  await writeFile(config, stringify(configuration));
  execFileSync('chown', ['-R', 'postgres:postgres', folder]);
  const as = ['--reuid=postgres', '--regid=postgres', '--init-groups'];
  const program = process.env['PATRONI'] ?? 'patroni';
  return spawn('setpriv', [...as, program, config], { stdio: 'ignore', cwd: folder });
}

async function query<Row extends object>(port: number, n: number, sql: string): Promise<Row[]> {
  const client = new Client({
    connectionString: `postgres://postgres:${password}@${addresses[n]}:${port}/postgres`,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client
    .query(sql)
    .then(
      ({ rows }) => rows as Row[],
      (error) => Promise.reject(error),
    )
    .finally(() => client.end().catch(() => undefined));
}

async function untilRole(port: number, n: number, replica: boolean): Promise<void> {
  await until(async () => {
    const sql = 'select pg_is_in_recovery() as replica';
    const [row] = await query<{ replica: boolean }>(port, n, sql);
    if (row?.replica !== replica) return false;
    if (!replica) await query(port, n, 'create table if not exists ledger (id bigint primary key)');
    return true;
  });
}

const untilStreaming = (port: number): Promise<void> =>
  until(async () => {
    const sql = `select 1 from pg_stat_replication where state = 'streaming'`;
    return (await query(port, 0, sql)).length > 0;
  });

async function until(done: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await done().catch(() => false))) {
    if (Date.now() > end) throw new Error('Patroni did not come up within 120 s');
    await sleep(200);
  }
}

/** As a machine that goes: the agent and every process of the server at once. */
async function killNode(data: string, agent: ChildProcess | undefined): Promise<void> {
  agent?.kill('SIGKILL');
  const script = `for p in /proc/[0-9]*; do [ "$(readlink $p/cwd)" = "$1" ] && kill -KILL \${p#/proc/}; done; true`;
  execFileSync('sh', ['-c', script, 'sh', data], { stdio: 'ignore' });
}
