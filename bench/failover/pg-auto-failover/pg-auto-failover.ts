/** Two nodes of pg_auto_failover and their monitor, with its defaults, in a folder that goes away with them. */
import { appendFile, chmod, chown, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installationFor } from '../../../src/engines/postgres/installation.ts';
import {
  type ServerIdentity,
  serverIdentity,
} from '../../../src/engines/postgres/server-identity.ts';
import { freePort } from '../../../test/servers/process.ts';
import { type Machine, openMachine } from '../machine.ts';
import { replicates, type Servers, servers } from '../replicates.ts';
import { type Rival, until } from '../rival.ts';

export const programs = {
  '/usr/bin/pg_autoctl': 'pg-auto-failover-cli',
  '/usr/lib/postgresql/15/lib/pgautofailover.so': 'postgresql-15-auto-failover',
};

const readySeconds = 120;
const monitorAddress = '127.0.0.1';
const [first, second] = ['127.0.213.2', '127.0.213.3'] as const;
const other = (address: string): string => (address === first ? second : first);

interface World {
  readonly folder: string;
  readonly at: Servers;
  readonly monitor: Servers;
  readonly machines: ReadonlyMap<string, Machine>;
}

export async function openPgAutoFailover(): Promise<Rival> {
  const world = await openWorld();
  const { folder, at, machines } = world;
  const addresses = [first, second] as const;
  const knows = async (replica: string) =>
    (await stateOf(world, replica)) === 'secondary' &&
    (await stateOf(world, other(replica))) === 'primary';
  const rival: Rival = {
    ...{ name: 'pg_auto_failover, defaults', folder, addresses },
    application: at.application(first),
    query: at.query,
    ready: () => replicates(at, addresses, { seconds: readySeconds, knows }),
    kill: (address) => machines.get(address)?.kill(),
    revive: (address) => machines.get(address)?.start(),
    async stop() {
      for (const machine of machines.values()) await machine.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await build(world);
    await rival.ready();
  } catch (error) {
    for (const name of ['monitor', 'node0', 'node1'])
      console.error(await readFile(join(folder, `${name}.log`), 'utf8').catch(() => ''));
    await rival.stop();
    throw error;
  }
  return rival;
}

async function openWorld(): Promise<World> {
  const identity = await serverIdentity();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-pg-auto-failover-'));
  await own(folder, identity);
  const [port, monitorPort] = [await freePort(), await freePort()];
  const uri = `postgres://autoctl_node@${monitorAddress}:${monitorPort}/pg_auto_failover?sslmode=prefer`;
  const node = (name: string, address: string) =>
    openNode({ folder, identity, name }, [
      ...['postgres', '--pgport', `${port}`, '--listen', address, '--hostname', address],
      ...['--name', name, '--dbname', 'postgres', '--monitor', uri],
    ]);
  const watch = ['monitor', '--pgport', `${monitorPort}`, '--hostname', monitorAddress];
  const machines = new Map([
    [monitorAddress, await openNode({ folder, identity, name: 'monitor' }, watch)],
    [first, await node('node0', first)],
    [second, await node('node1', second)],
  ]);
  const password = 'trusted';
  const [at, monitor] = [servers({ port, password }), servers({ port: monitorPort, password })];
  return { folder, at, monitor, machines };
}

interface Place {
  readonly folder: string;
  readonly identity: ServerIdentity;
  readonly name: string;
}

/** `pg_autoctl create … --run` goes on with what an earlier one has made. Each has a folder for its socket: one port. */
async function openNode({ folder, identity, name }: Place, words: readonly string[]) {
  const { bin } = await installationFor('postgres', 15);
  const [data, sockets] = [join(folder, name), join(folder, `${name}.sockets`)];
  await mkdir(sockets);
  await own(sockets, identity);
  const env = {
    ...{ HOME: folder, XDG_RUNTIME_DIR: folder, PGHOST: sockets, PG_REGRESS_SOCK_DIR: sockets },
    ...{ PATH: `${bin}:/usr/bin:/bin`, LC_ALL: 'C.UTF-8' },
  };
  const security = ['--skip-pg-hba', '--no-ssl'];
  const argv = ['/usr/bin/pg_autoctl', 'create', ...words, '--pgdata', data, ...security] as const;
  const log = join(folder, `${name}.log`);
  return openMachine({ argv: [...argv, '--run'], env, identity, folder, log, data });
}

async function own(path: string, { uid, gid }: ServerIdentity): Promise<void> {
  await chmod(path, 0o711);
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

async function build(world: World): Promise<void> {
  const { folder, at, monitor, machines } = world;
  machines.get(monitorAddress)?.start();
  await trust(join(folder, 'monitor'), monitor, monitorAddress);
  const extended = `select 1 from pg_extension where extname = 'pgautofailover'`;
  await until('the monitor', readySeconds, async () => (await ask(monitor, extended)).length > 0);
  machines.get(first)?.start();
  await trust(join(folder, 'node0'), at, first);
  const single = async () => (await stateOf(world, first)) === 'single';
  await until('the first primary', readySeconds, single);
  await at.prepare(first);
  machines.get(second)?.start();
  // Its copy waits for a checkpoint that takes its time; another one that is asked for makes it haste.
  await until('the copy', readySeconds, async () => {
    await at.query(first, 'checkpoint');
    return (await at.role(second)) === 'replica';
  });
}

/** Waits for its file of rules, adds one for loopback, and has it read. */
async function trust(data: string, at: Servers, address: string): Promise<void> {
  const file = join(data, 'pg_hba.conf');
  await until('a data directory', readySeconds, async () => (await readFile(file)).length > 0);
  await appendFile(file, 'host all,replication all 127.0.0.0/8 trust\n');
  await until('a server', readySeconds, async () => {
    await at.query(address, 'select pg_reload_conf()', 'postgres');
    return true;
  });
}

const ask = (monitor: Servers, sql: string) =>
  monitor.query<{ state: string }>(monitorAddress, sql, 'pg_auto_failover');

/** What a node has told its monitor, where that is what the monitor wants of it. */
async function stateOf({ monitor }: World, address: string): Promise<string | undefined> {
  const [row] = await ask(
    monitor,
    `select reportedstate::text as state from pgautofailover.node where nodehost = '${address}' and reportedstate = goalstate`,
  );
  return row?.state;
}
