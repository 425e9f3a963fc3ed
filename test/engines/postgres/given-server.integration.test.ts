import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresFixture, startPostgres } from '../../servers/postgres.ts';
import { type LocalMachines, startLocalMachines } from '../../state-machines/local-runner.ts';

let source: PostgresFixture;
let scratch: PostgresFixture;
let machines: LocalMachines;

beforeAll(async () => {
  [source, scratch] = await Promise.all([startPostgres(), startPostgres()]);
  await source.query('create database shop');
  await source.query('create table items as select generate_series(1, 100) as id', {
    database: 'shop',
  });
  await scratch.query("create role driller login superuser password 'p@ss/wörd:1'");
  const url = new URL(scratch.urlOf('postgres'));
  url.username = 'driller';
  url.password = encodeURIComponent('p@ss/wörd:1');
  machines = await startLocalMachines(
    (folder) => ({
      vault: {
        primary: { url: `file://${folder}/vault` },
        encryption: { key: 'env:HOLDFAST_KEY' },
      },
      sources: {
        shop: {
          engine: 'postgres',
          connection: 'env:SHOP_URL',
          policies: { daily: {} },
          drill: {
            server: 'env:SCRATCH_URL',
            assertions: [{ database: 'shop', sql: 'select count(*) = 100 from items' }],
          },
        },
      },
    }),
    { SHOP_URL: source.urlOf('shop'), SCRATCH_URL: url.href },
  );
});
afterAll(async () => {
  await machines?.close();
  await Promise.all([source?.stop(), scratch?.stop()]);
});

const databases = async () =>
  (await scratch.query('select datname from pg_database order by 1')).map(({ datname }) => datname);

test('a drill on a given server leaves it as it was', async () => {
  await machines.succeed('backup', { source: 'shop' });
  const before = await databases();
  expect((await machines.succeed('drill', { source: 'shop' })).outcome).toBe('good');
  expect(await databases()).toEqual(before);
});

test('a drill never touches a database that is there already', async () => {
  await scratch.query('create database shop');
  const { status, cause } = await machines.run('drill', { source: 'shop' });
  expect(status).toBe('FAILED');
  expect(cause).toContain('has these already: shop');
  expect(await databases()).toContain('shop');
});
