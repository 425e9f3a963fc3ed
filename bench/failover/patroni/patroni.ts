/** Two nodes of Patroni and one etcd, in a folder that goes away with them. */
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { installationFor } from '../../../src/engines/postgres/installation.ts';
import {
  type ServerIdentity,
  serverIdentity,
} from '../../../src/engines/postgres/server-identity.ts';
import { freePort } from '../../../test/servers/process.ts';
import { type Machine, openMachine } from '../machine.ts';
import { replicates, servers } from '../replicates.ts';
import { type Rival, until } from '../rival.ts';

export type Timing = 'defaults' | 'tuned';

export const programs = {
  '/usr/bin/patroni': 'patroni',
  '/usr/bin/etcd': 'etcd-server',
  '/usr/lib/python3/dist-packages/psycopg2': 'python3-psycopg2',
};

const readySeconds = 120;

export async function openPatroni(timing: Timing): Promise<Rival> {
  const identity = await serverIdentity();
  const folder = await mkdtemp(join(tmpdir(), `holdfast-patroni-${timing}-`));
  await own(folder, identity, 0o711);
  const etcd = await startEtcd(folder);
  const [port, rest] = [await freePort(), await freePort()];
  const password = randomBytes(9).toString('base64url');
  const block = timing === 'defaults' ? 1 : 2;
  const addresses = [`127.0.${210 + block}.2`, `127.0.${210 + block}.3`] as const;
  const machines = new Map<string, Machine>();
  const { bin } = await installationFor('postgres', 15);
  for (const [n, address] of addresses.entries()) {
    const name = `node${n}`;
    const data = join(folder, name);
    const facts = { NAME: name, ADDRESS: address, PORT: port, REST_PORT: rest, ETCD: etcd.hosts };
    const text = await configure(timing, { ...facts, DATA: data, BIN: bin, PASSWORD: password });
    const file = join(folder, `${name}.yml`);
    await writeFile(file, text);
    await own(file, identity, 0o600);
    const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: folder, LC_ALL: 'C.UTF-8' };
    const log = join(folder, `${name}.log`);
    const argv = ['/usr/bin/patroni', file] as const;
    machines.set(address, openMachine({ argv, env, identity, folder, log, data }));
  }
  const at = servers({ port, password });
  const [first, second] = addresses;
  const rival: Rival = {
    ...{ name: `patroni, ${timing}`, folder, addresses, application: at.application(first) },
    query: at.query,
    ready: () =>
      replicates(at, addresses, {
        seconds: readySeconds,
        knows: (address) => answers(address, rest),
      }),
    kill: (address) => machines.get(address)?.kill(),
    revive: (address) => machines.get(address)?.start(),
    async stop() {
      for (const machine of machines.values()) await machine.stop();
      await etcd.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    machines.get(first)?.start();
    await until(
      'the first primary',
      readySeconds,
      async () => (await at.role(first)) === 'primary',
    );
    await at.prepare(first);
    machines.get(second)?.start();
    await rival.ready();
  } catch (error) {
    console.error(await readFile(join(folder, 'node0.log'), 'utf8').catch(() => ''));
    await rival.stop();
    throw error;
  }
  return rival;
}

async function configure(timing: Timing, facts: Record<string, string | number>): Promise<string> {
  const read = (name: string) => readFile(new URL(name, import.meta.url), 'utf8');
  const filled = Object.entries(facts).reduce(
    (text, [name, value]) => text.replace(new RegExp(`\\b${name}\\b`, 'g'), String(value)),
    await read('node.yml'),
  );
  const node = parse(filled);
  return stringify({
    ...node,
    bootstrap: { ...node.bootstrap, dcs: parse(await read(`${timing}.yml`)) },
  });
}

/** The member is known to the cluster as one that may take over. */
async function answers(address: string, port: number): Promise<boolean> {
  const { status } = await fetch(`http://${address}:${port}/replica`);
  return status === 200;
}

async function startEtcd(folder: string) {
  const [client, peer] = [await freePort(), await freePort()];
  const [clients, peers] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  const data = join(folder, 'etcd');
  const argv = [
    ...(['/usr/bin/etcd', '--name', 'race', '--data-dir', data, '--log-level', 'error'] as const),
    ...['--listen-client-urls', clients, '--advertise-client-urls', clients],
    ...['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers],
    ...['--initial-cluster', `race=${peers}`],
  ] as const;
  const log = join(folder, 'etcd.log');
  const machine = openMachine({ argv, env: {}, identity: {}, folder, log, data });
  machine.start();
  await until('etcd', readySeconds, async () => (await fetch(`${clients}/health`)).ok);
  return { hosts: `127.0.0.1:${client}`, stop: () => machine.stop() };
}

async function own(path: string, { uid, gid }: ServerIdentity, mode: number): Promise<void> {
  await chmod(path, mode);
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}
