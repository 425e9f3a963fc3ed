import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresFixture, startPostgres } from '../servers/postgres.ts';
import { runCli, runJson, temporaryFolder } from './run-cli.ts';

let server: PostgresFixture;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const rowsOf = (database: string) => server.query('select * from items order by id', { database });

it('brings a database and a directory back to one time, in order, with hooks', async () => {
  const cwd = await temporaryFolder();
  await server.query('create database shop');
  await server.query(
    "create table items (id int primary key, name text); insert into items select n, 'item ' || n from generate_series(1, 500) n",
    { database: 'shop' },
  );
  const before = await rowsOf('shop');
  await mkdir(join(cwd, 'uploads'));
  await writeFile(join(cwd, 'uploads', 'a.txt'), 'first');
  const words = ['init', '--postgres', 'env:SHOP_URL', '--files', 'uploads', '--vault', 'vault'];
  const environment = { SHOP_URL: server.urlOf('shop') };
  const options = { cwd, environment };
  expect((await runJson(words, options)).answer.result.sources).toEqual(['shop', 'uploads']);
  expect((await runCli(['check'], options)).exitCode).toBe(0);

  const backups = (await runJson(['backup', '--all'], options)).answer.result.backups;
  expect(backups).toMatchObject([
    { source: 'shop', outcome: 'good', set: { rows: 500 } },
    { source: 'uploads', outcome: 'good', set: { files: 1 } },
  ]);
  const time = new Date(Date.parse(backups[1].set.time) + 1000).toISOString();
  await new Promise((done) => setTimeout(done, 2000));
  await server.query('delete from items where id > 10', { database: 'shop' });
  await writeFile(join(cwd, 'uploads', 'a.txt'), 'second');
  await runCli(['backup', '--all'], options);

  const copy = await runJson(['restore', 'shop', '--to', server.urlOf('shop_copy')], options);
  expect(copy.exitCode).toBe(0);
  expect(await rowsOf('shop_copy')).toHaveLength(10);

  const all = await runJson(['restore', '--all', '--at', time, '--overwrite'], options);
  expect(all.answer.result.restores.map(({ source }: { source: string }) => source)).toEqual([
    'shop',
    'uploads',
  ]);
  expect(all.exitCode).toBe(0);
  expect(await rowsOf('shop')).toEqual(before);
  expect((await runCli(['executions', '--json'], options)).stdout).not.toContain('password');
});

it('goes on with the other sources when one fails, and ends with the worst exit code', async () => {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, 'gone'));
  const options = { cwd, environment: { SHOP_URL: server.urlOf('shop') } };
  await runCli(
    ['init', '--postgres', 'env:SHOP_URL', '--files', 'gone', '--vault', 'vault'],
    options,
  );
  await rm(join(cwd, 'gone'), { recursive: true });
  const { exitCode, answer } = await runJson(['backup', '--all'], options);
  expect(exitCode).toBe(1);
  expect(answer.result.backups).toMatchObject([{ outcome: 'good' }, { outcome: 'failed' }]);
  expect(answer.error).toMatchObject({ code: 'SOURCE_MISSING' });
});

it('names what it restores before anything is touched: a source without a backup stops all', async () => {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, 'data'));
  await writeFile(join(cwd, 'data', 'a'), 'a');
  const options = { cwd, environment: { SHOP_URL: server.urlOf('shop') } };
  await runCli(
    ['init', '--postgres', 'env:SHOP_URL', '--files', 'data', '--vault', 'vault'],
    options,
  );
  await runCli(['backup', 'data'], options);
  await rm(join(cwd, 'data', 'a'));
  const { exitCode, answer } = await runJson(['restore', '--all', '--overwrite'], options);
  expect(exitCode).toBe(2);
  expect(answer.error.code).toBe('BACKUP_NOT_FOUND');
  expect(existsSync(join(cwd, 'data', 'a'))).toBe(false);
});
