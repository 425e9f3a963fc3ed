/** A database with everything in it comes back as it was: what pg_dump says of both is equal. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postgres } from '../../../src/engines/postgres/engine.ts';
import { type PostgresFixture, startPostgres } from '../../servers/postgres.ts';
import { dumpText, restoreTo, type TakenDump, takeDump, withContext } from './engine-context.ts';
import { bigTable, torture, tortureDatabaseSettings, tortureRoles } from './torture.ts';

let source: PostgresFixture;
let target: PostgresFixture;
let dump: TakenDump;
/** Without the rows of the big tables, for tests that are not about them. */
let light: TakenDump;
const withoutBig = ['public.big', 'public."Big"*'].map((name) => `--exclude-table-data=${name}`);

beforeAll(async () => {
  [source, target] = await Promise.all([startPostgres(), startPostgres()]);
  await source.query(tortureRoles);
  await source.query('create database shop');
  await source.query(torture, { database: 'shop' });
  await source.query(bigTable, { database: 'shop' });
  await source.query(tortureDatabaseSettings('shop'));
  dump = await takeDump(source.urlOf('shop'));
  light = await takeDump(source.urlOf('shop'), {
    source: { exclude: ['public.big', 'public."Big ""Ta|ble"" (x)*"'] },
  });
});

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()]);
});

test('gives big tables streams of their own and counts every table', () => {
  const roles = dump.set.streams.map(({ role }) => role);
  expect(roles.filter((role) => role === 'data')).toHaveLength(2);
  expect(new Set(roles)).toEqual(new Set(['globals', 'schema', 'data', 'rest', 'index']));
  expect(dump.summary.totals.rows).toBeGreaterThan(40_000);
  expect(dump.summary.partialReasons).toEqual([]);
});

test('keeps the password out of every command line', () => {
  const password = new URL(source.url).password;
  const argv = [...dump.set.commands.values()].flatMap((command) => command.argv);
  expect(argv.length).toBeGreaterThan(10);
  expect(argv.join(' ')).not.toContain(password);
});

test('reads every stream to its last byte', async () => {
  await withContext(source.url, {}, async (context) => {
    await expect(postgres.read(context, dump.reader)).resolves.toEqual({ notes: [] });
  });
});

test('names a stream that was cut', async () => {
  const cut = structuredClone(dump.set.contents.get('1.rest') ?? Buffer.alloc(0)).subarray(0, 5000);
  const contents = new Map(dump.set.contents).set('1.rest', Buffer.from(cut));
  const { memoryReader } = await import('../memory-set.ts');
  const reader = memoryReader({ ...dump.set, contents }, dump.summary);
  await withContext(source.url, {}, async (context) => {
    await expect(postgres.read(context, reader)).rejects.toThrow(/pg_restore/);
  });
});

test('restores to another server: definitions, rows, roles and settings are equal', async () => {
  const report = await restoreTo(dump.reader, { target: target.url });
  expect(report.comparison.differences).toEqual([]);
  expect(report.comparison.units).toBeGreaterThan(20);
  expect(report.comparison.rows).toBe(dump.summary.totals.rows);
  expect(report.notes.join()).toContain('roles created');
  const original = dumpText(source, 'shop', withoutBig);
  expect(original).toContain('日本語');
  expect(original.length).toBeGreaterThan(100_000);
  expect(dumpText(target, 'shop', withoutBig)).toBe(original);
  const big = 'select count(*)::int, sum(hashtext(body::text)) from "Big ""Ta|ble"" (x)*"';
  expect(await target.query(big, { database: 'shop' })).toEqual(
    await source.query(big, { database: 'shop' }),
  );
  const passwordsOf = `select rolname, rolpassword, rolconfig from pg_authid
    left join (select setrole, setconfig as rolconfig from pg_db_role_setting where setdatabase = 0) s
    on setrole = oid where rolname !~ '^pg_' and rolname <> 'postgres' order by 1`;
  expect(await target.query(passwordsOf)).toEqual(await source.query(passwordsOf));
});

test('refuses a target that is not empty and says what to do', async () => {
  const again = restoreTo(dump.reader, { target: target.url });
  await expect(again).rejects.toMatchObject({
    code: 'TARGET_NOT_EMPTY',
    hint: expect.stringContaining('--overwrite'),
  });
});

test('replaces a database when told to, under sessions that come back at once', async () => {
  await target.query(`insert into "t*" values (99)`, { database: 'shop' });
  const { Client } = await import('pg');
  let busy = true;
  const nuisance = (async () => {
    while (busy) {
      const client = new Client({ connectionString: target.urlOf('shop') });
      client.on('error', () => undefined);
      await client.connect().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await client.end().catch(() => undefined);
    }
  })();
  const report = await restoreTo(light.reader, { target: target.url, overwrite: true });
  busy = false;
  await nuisance;
  expect(report.comparison.differences).toEqual([]);
  expect(await target.query('select a from "t*"', { database: 'shop' })).toEqual([{ a: 1 }]);
  const names = await target.query(`select datname from pg_database where datname ~ 'holdfast'`);
  expect(names).toEqual([]);
});

test('restores one database to a new name beside the others', async () => {
  const report = await restoreTo(light.reader, { target: source.urlOf('shop_copy') });
  expect(report.comparison.differences).toEqual([]);
  const rename = (text: string) => text.replaceAll('shop_copy', 'shop');
  expect(rename(dumpText(source, 'shop_copy', withoutBig))).toBe(
    rename(dumpText(source, 'shop', withoutBig)),
  );
});

test('restores databases of odd names, an ICU one among them', async () => {
  const names = [`we=ird 'db" \\x`, 'Ünï-dätä', 'host=elsewhere'];
  for (const name of names) {
    await source.query(
      `create database "${name.replaceAll('"', '""')}" template template0 locale_provider icu icu_locale 'de-DE' lc_collate 'C' lc_ctype 'C'`,
    );
    await source.query(`create table t (v text); insert into t values ('${name.length}')`, {
      database: name,
    });
  }
  const odd = await takeDump(source.url, { source: { databases: names } });
  const report = await restoreTo(odd.reader, { target: target.url });
  expect(report.comparison).toMatchObject({ units: 3, rows: 3, differences: [] });
  for (const database of names) {
    expect(await target.query('select v from t', { database })).toEqual([
      { v: String(database.length) },
    ]);
  }
  const providers = `select distinct datlocprovider::text as provider, daticulocale as locale from pg_database where datname = any(array['Ünï-dätä', 'host=elsewhere'])`;
  expect(await target.query(providers)).toEqual([{ provider: 'i', locale: 'de-DE' }]);
});
