/** A primary and its replica, on one port of two addresses, each with its file of settings: to be failed over. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createClient } from '@redis/client';
import { freePort } from './process.ts';

/** Valkey and other versions by their own programs. */
const server = process.env['HOLDFAST_TEST_REDIS'] ?? 'redis-server';
const run = promisify(execFile);
/** Each pair has its own addresses: several may run at once on one port. */
const host = (node: number): string => `127.0.${1 + (process.pid % 200)}.${node}`;

export interface RedisNode {
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
    readonly config: string;
  };
  ask(...words: readonly string[]): Promise<unknown>;
  signal(signal: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  pid(): Promise<number>;
}

export interface RedisPair {
  readonly a: RedisNode;
  readonly b: RedisNode;
  /** The application's URL, with the address of node a. */
  readonly application: string;
  readonly port: number;
  /** A Sentinel that watches node a. */
  sentinel(): Promise<ChildProcess>;
  stop(): Promise<void>;
}

export interface PairOptions {
  /** Lines of both files. */
  readonly settings?: readonly string[];
}

export async function startRedisPair(options: PairOptions = {}): Promise<RedisPair> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-redis-'));
  const port = await freePort();
  const password = randomBytes(9).toString('base64url');
  const settings = [
    ...[`port ${port}`, 'protected-mode yes', 'appendonly yes', 'save ""', 'daemonize yes'],
    ...['repl-diskless-sync-delay 0', 'repl-ping-replica-period 1', 'shutdown-timeout 1'],
    `user default on >${password} ~* &* +@all`,
    `user app on >${password} ~ledger:* ~holdfast:probe &* +@all -@admin -@dangerous`,
    `masterauth ${password}`,
    ...(options.settings ?? []),
  ];
  const node = (name: 'a' | 'b', address: string): RedisNode => {
    const [data, config] = [join(folder, name), join(folder, `${name}.conf`)];
    const pidfile = join(folder, `${name}.pid`);
    const url = `redis://:${password}@${address}:${port}`;
    const pid = async () => Number(await readFile(pidfile, 'utf8'));
    const start = [server, config];
    const script = `kill -TERM $(cat ${pidfile}) && while kill -0 $(cat ${pidfile}) 2>/dev/null; do sleep 0.02; done`;
    return {
      ...{ name, address, data, url, pid },
      control: { stop: ['timeout', '10', 'sh', '-c', script], start, data, config },
      ask: (...words) => ask(url, words),
      signal: async (signal) => void process.kill(await pid(), signal),
      start: async () => {
        await run(server, [config], { cwd: folder });
        await untilAnswers(url);
      },
    };
  };
  const [a, b] = [node('a', host(2)), node('b', host(3))];
  for (const { name, address, data, control } of [a, b]) {
    await mkdir(data);
    // A replica's own address is not the one that its connection comes from.
    const own = [
      `bind ${address}`,
      `replica-announce-ip ${address}`,
      `dir ${data}`,
      `pidfile ${join(folder, `${name}.pid`)}`,
    ];
    const follows = name === 'b' ? [`replicaof ${a.address} ${port}`] : [];
    const lines = [...own, `logfile ${join(folder, `${name}.log`)}`, ...settings, ...follows];
    await writeFile(control.config, `${lines.join('\n')}\n`);
  }
  await a.start();
  await b.start();
  await untilFollows(b);
  const others: ChildProcess[] = [];
  return {
    ...{ a, b, port, application: `redis://app:${password}@${a.address}:${port}` },
    sentinel: async () => {
      const config = join(folder, 'sentinel.conf');
      const at = await freePort();
      const lines = [
        ...[`port ${at}`, 'bind 127.0.0.1', `dir ${folder}`],
        `sentinel monitor shop ${a.address} ${port} 1`,
        `sentinel auth-pass shop ${password}`,
      ];
      await writeFile(config, `${lines.join('\n')}\n`);
      const child = spawn(server, [config, '--sentinel'], { stdio: 'ignore' });
      others.push(child);
      await untilAnswers(`redis://127.0.0.1:${at}`);
      return child;
    },
    async stop() {
      for (const child of others) {
        const ended = once(child, 'exit');
        if (child.kill('SIGKILL')) await ended;
      }
      for (const each of [a, b]) await each.signal('SIGKILL').catch(() => undefined);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** One command in a session of its own. */
export async function ask(url: string, words: readonly string[]): Promise<unknown> {
  const client = createClient({
    ...{ url, RESP: 2, name: 'test', maintNotifications: 'disabled' },
    socket: { connectTimeout: 2000, reconnectStrategy: false },
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.sendCommand([...words]);
  } finally {
    client.destroy();
  }
}

async function untilAnswers(url: string): Promise<void> {
  const giveUpAt = Date.now() + 20_000;
  while ((await ask(url, ['PING']).catch(() => undefined)) !== 'PONG') {
    if (Date.now() > giveUpAt) throw new Error('redis-server does not answer');
    await sleep(20);
  }
}

export async function untilFollows({ ask }: RedisNode): Promise<void> {
  const giveUpAt = Date.now() + 20_000;
  while (!String(await ask('INFO', 'replication')).includes('master_link_status:up')) {
    if (Date.now() > giveUpAt) throw new Error('the replica does not follow');
    await sleep(20);
  }
}
