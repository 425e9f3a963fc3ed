/** Runs the shipped state machines against a real S3 server, and counts what AWS would bill. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MachineName } from '../../src/core/contracts/machines.ts';
import type { RecordedRun } from '../../src/core/cost/recorded.ts';
import { type PostgresFixture, startPostgres } from '../../test/servers/postgres.ts';
import { startVersitygw, type Versitygw } from '../../test/servers/versitygw.ts';
import { type LocalMachines, startLocalMachines } from '../../test/state-machines/local-runner.ts';
import { createBucket } from '../../test/storage/s3/buckets.ts';
import { type CountingProxy, startCountingProxy } from './counting-proxy.ts';
import { readHistory } from './read-history.ts';

export interface Recorder {
  readonly machines: LocalMachines;
  readonly server: Versitygw;
  /** Of the primary. */
  readonly bucket: string;
  /** Of one execution that succeeds. */
  record(machine: MachineName, input: object): Promise<RecordedRun>;
  /** A source's content: a file of random bytes, which do not compress. */
  grow(source: string, mebibytes: number): Promise<void>;
  close(): Promise<void>;
}

const policies = {
  full: { method: 'full' },
  incremental: { method: 'incremental', full: 'monthly' },
  short: { method: 'full', keep: { last: 2 } },
  many: { method: 'full', schedule: 'cron(0 2 * * ? *)', keep: { last: 1 } },
};
const alone = { method: 'full', schedule: 'cron(0 3 * * ? *)', keep: { last: 1 } };
const few = ['plain', 'chain', 'large', 'short', 'removed'];

export interface RecordedWorld {
  readonly copies?: boolean;
  /** In place of the few sources that the recording needs: so many, all of one directory. */
  readonly sources?: number;
}

/** Versioned buckets for the vault, a plain one for leases, as the deployed form has them; no lock, so that sets can go. */
export async function startRecorder({ copies, sources }: RecordedWorld): Promise<Recorder> {
  const [server, database] = await Promise.all([startVersitygw(), startPostgres()]);
  await database.query('create table items as select generate_series(1, 1000) n');
  const proxy = await startCountingProxy(server.endpoint);
  const place = { region: server.region, endpoint: proxy.endpoint, pathStyle: true };
  const [primary, leases, copy] = await Promise.all([
    createBucket(server, 'versioned'),
    createBucket(server, 'plain'),
    createBucket(server, 'versioned'),
  ]);
  const vault = {
    primary: { url: `s3://${primary}`, ...place },
    leases: { url: `s3://${leases}`, ...place },
    ...(copies && { copies: [{ name: 'copy', url: `s3://${copy}`, ...place }] }),
    encryption: { key: 'env:HOLDFAST_KEY' },
  };
  const names = sources === undefined ? few : manyNames(sources);
  const machines = await startLocalMachines(
    (folder) => ({
      vault,
      sources: {
        ...Object.fromEntries(
          names.map((name) => [
            name,
            {
              engine: 'files',
              path: join(folder, sources === undefined ? name : 'plain'),
              policies: name === 'plain' ? { ...policies, alone } : policies,
            },
          ]),
        ),
        database: {
          engine: 'postgres',
          connection: 'env:RECORDED_URL',
          databases: ['postgres'],
          policies: { dump: {} },
        },
      },
      retention: { floor: 1 },
    }),
    { ...server.env, RECORDED_URL: database.urlOf('postgres') },
  );
  return recorderOf(machines, { server, proxy, bucket: primary, database });
}

const manyNames = (count: number): string[] => Array.from({ length: count }, (_, n) => `many-${n}`);

interface Servers {
  readonly server: Versitygw;
  readonly proxy: CountingProxy;
  readonly bucket: string;
  readonly database: PostgresFixture;
}

function recorderOf(machines: LocalMachines, servers: Servers): Recorder {
  const { server, proxy, bucket, database } = servers;
  return {
    machines,
    server,
    bucket,
    async record(machine, input) {
      proxy.take();
      const { id, status, error, cause } = await machines.run(machine, input);
      if (status !== 'SUCCEEDED') throw new Error(`${machine}: ${status} ${error} ${cause}`);
      const { put, get } = proxy.take();
      return { ...readHistory(machines.history(id)), put, get };
    },
    async grow(source, mebibytes) {
      const folder = join(machines.folder, source);
      await mkdir(folder, { recursive: true });
      const name = randomBytes(4).toString('hex');
      await writeFile(join(folder, name), randomBytes(mebibytes * 1024 ** 2));
    },
    async close() {
      await machines.close();
      await proxy.stop();
      await Promise.all([server.stop(), database.stop()]);
    },
  };
}
