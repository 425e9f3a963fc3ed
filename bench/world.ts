/** One folder with a PostgreSQL server, an S3 server, data, vaults and the configurations of the bench. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { stringify } from 'yaml';
import { startScratchServer } from '../src/engines/postgres/scratch-server.ts';
import { startVersitygw } from '../test/servers/versitygw.ts';

export interface World {
  readonly folder: string;
  readonly serverUrl: string;
  databaseUrl(name: string): string;
  /** argv of `holdfast` with a configuration for that vault (`directory` or `s3`). */
  holdfast(vault: 'directory' | 's3', ...args: string[]): [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  createDatabase(name: string): Promise<void>;
  dropDatabase(name: string): Promise<void>;
  close(): Promise<void>;
}

const dist = new URL('../dist/holdfast.js', import.meta.url).pathname;

export async function buildWorld(databases: readonly string[]): Promise<World> {
  const folder = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'holdfast-bench-'));
  const server = await startScratchServer({ major: 10 });
  const s3 = await startVersitygw();
  await s3.createBucket('bench');
  const databaseUrl = (name: string) =>
    Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
  const env: Record<string, string> = {
    HOLDFAST_KEY: randomBytes(32).toString('base64'),
    ...s3.env,
  };
  for (const name of databases) env[urlVariable(name)] = databaseUrl(name);
  const locations = {
    directory: { url: `file://${folder}/vault` },
    s3: {
      url: 's3://bench/vault',
      region: s3.region,
      endpoint: s3.endpoint,
      pathStyle: true,
    },
  };
  for (const [name, primary] of Object.entries(locations)) {
    await mkdir(join(folder, name));
    const config = configuration(primary, databases, join(folder, 'tree'));
    await writeFile(join(folder, name, 'holdfast.yaml'), stringify(config));
  }
  const query = async (sql: string) => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  return {
    folder,
    serverUrl: server.url,
    databaseUrl,
    env,
    holdfast: (vault, ...args) => [
      process.execPath,
      dist,
      '--config',
      join(folder, vault, 'holdfast.yaml'),
      ...args,
    ],
    createDatabase: (name) => query(`create database "${name}"`),
    dropDatabase: (name) => query(`drop database if exists "${name}" with (force)`),
    async close() {
      await Promise.all([server.stop(), s3.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const urlVariable = (name: string) => `BENCH_URL_${name.toUpperCase()}`;

function configuration(primary: object, databases: readonly string[], tree: string): object {
  const policies = { daily: { keep: { last: 2 } } };
  const database = (name: string, fingerprint: string) => ({
    engine: 'postgres',
    connection: `env:${urlVariable(name)}`,
    policies,
    fingerprint,
  });
  const entries = databases.flatMap((name) => [
    [name, database(name, 'rows')],
    [`${name}-plain`, database(name, 'none')],
  ]);
  return {
    vault: { primary, encryption: { key: 'env:HOLDFAST_KEY' } },
    sources: {
      ...Object.fromEntries(entries),
      tree: {
        engine: 'files',
        path: tree,
        policies: {
          full: { method: 'full', keep: { last: 2 } },
          daily: { method: 'incremental', full: 'monthly', keep: { last: 2 } },
        },
      },
    },
    retention: { floor: 1 },
  };
}
