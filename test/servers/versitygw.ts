/** versitygw: a real S3 server over a directory. Built once into `.cache/bin` when it is absent. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { installOnce } from './install.ts';
import { freePort, stop, untilReady } from './process.ts';

const version = 'v1.8.0';
const binaries = resolve(import.meta.dirname, '../../.cache/bin');

export interface S3Server {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  stop(): Promise<void>;
}

export interface Versitygw extends S3Server {
  readonly region: string;
  /** The same credentials, as AWS's default chain reads them. */
  readonly env: Readonly<Record<string, string>>;
  createBucket(name: string): Promise<void>;
  /** SIGKILL; what it had acknowledged is on disk. */
  kill(): Promise<void>;
  /** On the same port, over the same directory. */
  restart(): Promise<void>;
}

const region = 'us-east-1';
const credentials = { accessKeyId: 'holdfast', secretAccessKey: 'holdfast-secret' };

export interface VersitygwOptions {
  /** PEM files: it then speaks TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Takes the folder of a bucket's objects before it starts, a file each. */
  readonly fill?: (buckets: string) => Promise<unknown>;
}

export async function startVersitygw(options: VersitygwOptions = {}): Promise<Versitygw> {
  const binary = await findBinary();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-versitygw-'));
  await Promise.all([mkdir(join(folder, 'data')), mkdir(join(folder, 'versions'))]);
  const port = await freePort();
  await options.fill?.(join(folder, 'data'));
  const endpoint = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const start = () => launch(binary, { folder, port, endpoint, ...options });
  let child = await start();
  return {
    endpoint,
    region,
    credentials,
    env: {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: region,
    },
    async createBucket(name) {
      const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
      await client.send(new CreateBucketCommand({ Bucket: name }));
      client.destroy();
    },
    async kill() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    async restart() {
      child = await start();
    },
    async stop() {
      await stop(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Launch extends Pick<VersitygwOptions, 'tls'> {
  readonly endpoint: string;
  readonly folder: string;
  readonly port: number;
}

async function launch(
  binary: string,
  { folder, port, endpoint, tls }: Launch,
): Promise<ChildProcess> {
  const place = ['--versioning-dir', join(folder, 'versions'), join(folder, 'data')];
  const secure = tls ? ['--cert', tls.cert, '--key', tls.key] : [];
  const listening = ['--port', `127.0.0.1:${port}`, '--quiet', ...secure];
  const child = spawn(binary, [...listening, 'posix', ...place], {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      ROOT_ACCESS_KEY: credentials.accessKeyId,
      ROOT_SECRET_KEY: credentials.secretAccessKey,
    },
  });
  await untilReady(child, endpoint);
  return child;
}

function findBinary(): Promise<string> {
  const target = `github.com/versity/versitygw/cmd/versitygw@${version}`;
  const env = { ...process.env, GOBIN: binaries };
  const build = () => promisify(execFile)('go', ['install', target], { env });
  return installOnce(join(binaries, 'versitygw'), build);
}
