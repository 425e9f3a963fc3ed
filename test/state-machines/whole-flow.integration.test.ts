import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failureReport } from '../../src/core/failure.ts';
import { type PostgresFixture, startPostgres } from '../servers/postgres.ts';
import { type LocalMachines, startLocalMachines } from './local-runner.ts';

let server: PostgresFixture;
let machines: LocalMachines;

beforeAll(async () => {
  server = await startPostgres();
  await server.query('create database shop');
  await server.query(
    `create table items (id int primary key, name text);
     insert into items select n, 'item ' || n from generate_series(1, 5000) n;`,
    { database: 'shop' },
  );
  machines = await startLocalMachines(
    (folder) => ({
      vault: {
        primary: { url: `file://${folder}/vault` },
        copies: [{ name: 'second', url: `file://${folder}/copy` }],
        encryption: { key: 'env:HOLDFAST_KEY' },
      },
      sources: {
        shop: {
          engine: 'postgres',
          connection: 'env:SHOP_URL',
          policies: { daily: { keep: { last: 2 } } },
          fingerprint: 'checksum',
          objectives: { rto: '10m' },
          drill: { assertions: [{ database: 'shop', sql: 'select count(*) = 5000 from items' }] },
        },
        gone: {
          engine: 'postgres',
          connection: 'env:GONE_URL',
          policies: { daily: {} },
        },
      },
    }),
    { SHOP_URL: server.urlOf('shop'), GONE_URL: 'postgres://nobody@127.0.0.1:1/none' },
  );
});
afterAll(async () => {
  await machines?.close();
  await server?.stop();
});

const sum = async (database: string) => {
  const sql = 'select count(*)::int as rows, sum(hashtext(items::text)) as hash from items';
  return (await server.query(sql, { database }))[0];
};

test('a database is backed up, verified, copied, drilled and restored beside itself', async () => {
  const { outcome, backupId } = await machines.succeed('backup', { source: 'shop' });
  expect(outcome).toBe('good');
  const drilled = await machines.succeed('drill', { source: 'shop' });
  expect(drilled).toEqual({ outcome: 'good', backupId });
  const target = server.urlOf('shop_restored');
  await machines.succeed('restore', { source: 'shop', target });
  expect(await sum('shop')).toMatchObject({ rows: 5000 });
  expect(await sum('shop_restored')).toEqual(await sum('shop'));
  await machines.succeed('verify', { source: 'shop', backupId, level: 'read' });

  const folder = join(machines.folder, 'vault/sets/shop', backupId, 'attestations');
  const kinds = (await readdir(folder)).map((name) => name.replace(/^[^-]*-|\.json$/g, ''));
  expect(kinds.toSorted()).toEqual(['checked', 'copied', 'drilled', 'read']);
});

test('with the primary lost, the copy restores and proves', async () => {
  const primary = join(machines.folder, 'vault');
  await rename(primary, `${primary}.lost`);
  try {
    const target = server.urlOf('shop_from_copy');
    const from = 'second';
    expect((await machines.succeed('restore', { source: 'shop', target, from })).outcome).toBe(
      'good',
    );
    expect(await sum('shop_from_copy')).toEqual(await sum('shop'));
    expect((await machines.succeed('drill', { source: 'shop', from })).outcome).toBe('good');
  } finally {
    await rename(`${primary}.lost`, primary);
  }
});

test('a damaged object fails the drill with the name of the object', async () => {
  const { backupId } = await machines.succeed('backup', { source: 'shop' });
  const data = join(machines.folder, 'vault/data/shop', backupId);
  const [first = ''] = await readdir(data);
  await writeFile(join(data, first), 'not what it was');
  const { status, error, cause } = await machines.run('drill', { source: 'shop' });
  expect([status, error]).toEqual(['FAILED', 'States.TaskFailed']);
  const report = failureReport({ Error: String(error), Cause: String(cause) });
  expect(report).toMatchObject({ name: 'IntegrityError', exitCode: 13 });
  expect(report.message).toContain(first);
});

test('a source that cannot be reached fails with what to do, and leaves nothing', async () => {
  const { status, error, cause } = await machines.run('backup', { source: 'gone' });
  expect(status).toBe('FAILED');
  const report = failureReport({ Error: String(error), Cause: String(cause) });
  expect(report.message).toContain('127.0.0.1');
  expect(report.code).not.toBe('UNEXPECTED');
  await expect(readdir(join(machines.folder, 'vault/data/gone'))).rejects.toThrow('ENOENT');
});

test('an unknown source is a usage error, told by the function that planned', async () => {
  const { error, cause } = await machines.run('backup', { source: 'shopp' });
  const report = failureReport({ Error: String(error), Cause: String(cause) });
  expect(report).toMatchObject({ name: 'UsageError', code: 'SOURCE_UNKNOWN', exitCode: 2 });
  expect(report.message).toContain('did you mean "shop"?');
});
