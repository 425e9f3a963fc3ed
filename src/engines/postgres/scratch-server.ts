/**
 * A PostgreSQL server of our own: in a temporary directory, on a free loopback port, with a random
 * password, without fsync. It ends with its owner (parent-death signal); what a killed owner leaves
 * on disk is removed when the next one starts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { ToolError } from '../../core/errors.ts';
import { type Installation, installationFor } from './installation.ts';
import { interrupted, runTool } from './run-tool.ts';
import { folderPrefix, markOwner, sweepScratchServers } from './scratch-leftovers.ts';
import { type ServerIdentity, serverIdentity } from './server-identity.ts';

export interface ScratchOptions {
  /** The server's major version is this one or the next newer installed. */
  readonly major: number;
  /** Lines of postgresql.conf, over the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface ScratchServer {
  /** `postgres://postgres:<password>@127.0.0.1:<port>/` without a database. */
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  readonly bin: string;
  readonly version: string;
  readonly pid: number;
  /** Ends it at once and removes its directory; safe to repeat. */
  stop(): Promise<void>;
}

const startTimeoutMs = 30_000;
const defaults: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_locks_per_transaction: '1024',
  max_wal_size: '4GB',
  wal_level: 'logical',
};

/** Throws ToolError CLIENT_MISSING, TOOL_FAILED or SCRATCH_SERVER_FAILED with the end of its log. */
export async function startScratchServer(options: ScratchOptions): Promise<ScratchServer> {
  await sweepScratchServers(tmpdir());
  const installation = await installationFor('postgres', options.major);
  const identity = await serverIdentity();
  const dir = await mkdtemp(join(tmpdir(), folderPrefix));
  try {
    await markOwner(dir);
    return await start(options, { installation, identity, dir });
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

interface Place {
  readonly installation: Installation;
  readonly identity: ServerIdentity;
  readonly dir: string;
}

async function start(options: ScratchOptions, place: Place): Promise<ScratchServer> {
  const { installation, dir } = place;
  const password = randomBytes(18).toString('base64url');
  await initialise(place, password, options.signal);
  const port = await freePort();
  const child = await launch(place, { ...defaults, ...options.settings, port: String(port) });
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/`;
  const stop = stopper(child, dir);
  try {
    await untilReady(url, child, { dir, signal: options.signal });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    port,
    dir,
    bin: installation.bin,
    version: installation.version,
    pid: child.pid ?? 0,
    stop,
  };
}

async function initialise(place: Place, password: string, signal?: AbortSignal): Promise<void> {
  const { dir, identity, installation } = place;
  const passwordFile = join(dir, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  await mkdir(join(dir, 'data'), { mode: 0o700 });
  if (identity.uid !== undefined && identity.gid !== undefined) {
    for (const path of [dir, passwordFile, join(dir, 'data')]) {
      await chown(path, identity.uid, identity.gid);
    }
  }
  // Tests and tablespaces put things beside the data; the data itself stays private.
  await chmod(dir, 0o711);
  const argv = [
    join(installation.bin, 'initdb'),
    '-D',
    join(dir, 'data'),
    '-U',
    'postgres',
  ] as const;
  const options = ['-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C'];
  await runTool(
    { argv: [...argv, ...options, '--no-sync'], env: environment(place), cwd: dir, ...identity },
    signal === undefined ? {} : { signal },
  );
}

async function launch(place: Place, settings: Record<string, string>): Promise<ChildProcess> {
  const { dir, identity, installation } = place;
  const all = { ...settings, unix_socket_directories: dir };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = await open(join(dir, 'log'), 'a', 0o600);
  try {
    const credentials =
      identity.uid === undefined
        ? []
        : [`--reuid=${identity.uid}`, `--regid=${identity.gid}`, '--clear-groups'];
    const child = spawn(
      'setpriv',
      [
        '--pdeathsig=INT',
        ...credentials,
        join(installation.bin, 'postgres'),
        ...['-D', join(dir, 'data')],
        ...flags,
      ],
      { cwd: dir, env: environment(place), stdio: ['ignore', log.fd, log.fd] },
    );
    child.on('error', () => undefined);
    return child;
  } finally {
    await log.close();
  }
}

function environment({ dir, installation }: Place): Record<string, string> {
  return { HOME: dir, PATH: `${installation.bin}:/usr/bin:/bin`, LC_ALL: 'C' };
}

async function untilReady(
  url: string,
  child: ChildProcess,
  { dir, signal }: { dir: string; signal: AbortSignal | undefined },
): Promise<void> {
  const giveUpAt = performance.now() + startTimeoutMs;
  while (!(await answers(url))) {
    if (signal?.aborted) throw interrupted('the scratch server');
    if (hasEnded(child) || performance.now() > giveUpAt) throw await startFailure(dir);
    await sleep(25);
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: `${url}postgres` });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function startFailure(dir: string): Promise<ToolError> {
  const log = await open(join(dir, 'log'), 'r');
  const lines = (await log.readFile('utf8')).trim().split('\n').slice(-4).join('\n');
  await log.close();
  return new ToolError(`the scratch server did not start: ${lines}`, {
    code: 'SCRATCH_SERVER_FAILED',
    hint: 'check free memory and disk, or give `drill.server` a server of your own',
  });
}

const hasEnded = (child: ChildProcess) =>
  child.exitCode !== null || child.signalCode !== null || child.pid === undefined;

function stopper(child: ChildProcess, dir: string): () => Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return async () => {
    // SIGQUIT: immediate shutdown. Nothing in there is kept.
    if (!hasEnded(child)) {
      child.kill('SIGQUIT');
      await ended;
    }
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  };
}

/** Free at this moment; a race with another process shows as a failed start. */
export function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    server.close(() => resolve(port));
  });
  return promise;
}
