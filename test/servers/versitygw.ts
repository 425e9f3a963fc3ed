/** versitygw: a real S3 server over a directory. Built once into `.cache/bin` when it is absent. */
import { execFile, spawn } from 'node:child_process';
import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { freePort, stop, untilReady } from './process.ts';

const version = 'v1.8.0';
const binaries = resolve(import.meta.dirname, '../../.cache/bin');

export interface S3Server {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Of the server's process, for tests that kill it. */
  readonly pid: number;
  stop(): Promise<void>;
}

export async function startVersitygw(): Promise<S3Server> {
  const binary = await findBinary();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-versitygw-'));
  const [data, versions] = [join(folder, 'data'), join(folder, 'versions')];
  await Promise.all([mkdir(data), mkdir(versions)]);
  const port = await freePort();
  const credentials = { accessKeyId: 'holdfast', secretAccessKey: 'holdfast-secret' };
  const child = spawn(
    binary,
    ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', '--versioning-dir', versions, data],
    {
      stdio: 'ignore',
      env: {
        PATH: process.env['PATH'],
        ROOT_ACCESS_KEY: credentials.accessKeyId,
        ROOT_SECRET_KEY: credentials.secretAccessKey,
      },
    },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  await untilReady(child, endpoint);
  return {
    endpoint,
    credentials,
    pid: child.pid ?? 0,
    async stop() {
      await stop(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function findBinary(): Promise<string> {
  const binary = join(binaries, 'versitygw');
  try {
    await access(binary);
  } catch {
    await mkdir(binaries, { recursive: true });
    const target = `github.com/versity/versitygw/cmd/versitygw@${version}`;
    await promisify(execFile)('go', ['install', target], {
      env: { ...process.env, GOBIN: binaries },
    });
  }
  return binary;
}
