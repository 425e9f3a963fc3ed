/** Where a restore may go, who may do it, and that a failed one changes nothing. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { postgres } from '../../../../src/engines/postgres/engine.ts';
import { type PostgresFixture, startPostgres } from '../../../servers/postgres.ts';
import { memoryReader } from '../../memory-set.ts';
import { dumpText, restoreTo, type TakenDump, takeDump, withContext } from '../engine-context.ts';

let source: PostgresFixture;
let target: PostgresFixture;
let dump: TakenDump;
const inShop = { database: 'shop' };

beforeAll(async () => {
  [source, target] = await Promise.all([startPostgres(), startPostgres()]);
  await source.query(`create role owner_of_shop; create role reader login password 'secret'`);
  await source.query(
    `create database shop owner owner_of_shop encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0`,
  );
  await source.query(
    `create table "été" (id int primary key, v text); insert into "été" select n, 'é' || n from generate_series(1, 1000) n; alter table "été" owner to owner_of_shop`,
    inShop,
  );
  dump = await takeDump(source.urlOf('shop'));
});
afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()]);
});
beforeEach(async () => {
  for (const name of ['shop', 'elsewhere']) {
    await target.query(`drop database if exists ${name} with (force)`);
  }
});

/** The same set with one stream changed. */
function damaged(stream: string, change: (bytes: Buffer) => Buffer) {
  const bytes = Buffer.from(dump.set.contents.get(stream) ?? Buffer.alloc(0));
  const contents = new Map(dump.set.contents).set(stream, change(bytes));
  return memoryReader({ ...dump.set, contents }, dump.summary);
}

const replaced = (from: string, to: string) => (bytes: Buffer) =>
  Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');

const names = async () =>
  (await target.query('select datname::text as name from pg_database order by 1')).map(
    (row) => row['name'],
  );

test('creates a database of the same encoding, locale and owner', async () => {
  await restoreTo(dump.reader, { target: target.url });
  const properties = `select pg_encoding_to_char(encoding) as encoding, datcollate, pg_get_userbyid(datdba) as owner from pg_database where datname = 'shop'`;
  expect(await target.query(properties)).toEqual([
    { encoding: 'LATIN1', datcollate: 'C', owner: 'owner_of_shop' },
  ]);
  expect(dumpText(target, 'shop')).toBe(dumpText(source, 'shop'));
});

test('plans without touching anything', async () => {
  const before = await names();
  const plan = await withContext(target.url, {}, (context) =>
    postgres.planRestore(context, { target: target.url, only: [], overwrite: false }, dump.reader),
  );
  expect(plan.target).not.toContain(new URL(target.url).password);
  expect(plan.target).toMatch(/^postgres:\/\/.*\/shop$/);
  expect(plan.findings.filter(({ level }) => level === 'error')).toEqual([]);
  expect(plan.actions.join('\n')).toMatch(/create database shop from template0 \(LATIN1, C\)/);
  expect(await names()).toEqual(before);
});

test('says that a server asks for a password', async () => {
  const url = new URL(target.url);
  url.password = '';
  await expect(restoreTo(dump.reader, { target: url.href })).rejects.toMatchObject({
    code: 'TARGET_DENIED',
    message: expect.stringContaining('asks for a password, and none was given'),
  });
});

test('drops what it made when the rows differ from the backup', async () => {
  const before = await names();
  const reader = damaged('1.rest', replaced('\xe9500\n', '\xe9501\n'));
  await expect(restoreTo(reader, { target: target.url })).rejects.toMatchObject({
    name: 'ComparisonError',
    code: 'RESTORE_DIFFERS',
    message: expect.stringContaining('public.été'),
  });
  expect(await names()).toEqual(before);
});

test('takes back the roles that it made for a restore that failed', async () => {
  const owner = `select 1 as found from pg_roles where rolname = 'owner_of_shop'`;
  await target.query('drop role if exists owner_of_shop');
  const reader = damaged('1.rest', replaced('\xe9500\n', '\xe9501\n'));
  await expect(restoreTo(reader, { target: target.url })).rejects.toThrow(/differs/);
  expect(await target.query(owner)).toEqual([]);
  await restoreTo(dump.reader, { target: target.url });
  expect(await target.query(owner)).toHaveLength(1);
});

test('leaves the database untouched when an overwrite fails', async () => {
  await target.query('create database shop');
  await target.query('create table precious (v text); insert into precious values (1)', inShop);
  const before = [await names(), dumpText(target, 'shop')];
  const cut = damaged('1.rest', (bytes) => bytes.subarray(0, bytes.length - 3000));
  const request = { target: target.url, overwrite: true };
  await expect(restoreTo(cut, request)).rejects.toMatchObject({ name: 'ToolError' });
  const wrong = damaged('1.rest', replaced('\xe9500\n', '\xe9501\n'));
  await expect(restoreTo(wrong, request)).rejects.toMatchObject({ name: 'ComparisonError' });
  const noTool = damaged('1.schema', (bytes) => bytes.subarray(0, 500));
  await expect(restoreTo(noTool, request)).rejects.toMatchObject({ name: 'ToolError' });
  expect([await names(), dumpText(target, 'shop')]).toEqual(before);
});

test('says which extension the target lacks', async () => {
  const reader = damaged(
    'index',
    replaced(
      '"extensions":[',
      '"extensions":[{"name":"post_gis","version":"3","schema":"public"},',
    ),
  );
  await expect(restoreTo(reader, { target: target.url })).rejects.toMatchObject({
    code: 'EXTENSION_MISSING',
    hint: expect.stringContaining('apt-get install postgresql-15-post-gis'),
  });
});

test('refuses an older server, and one database for several', async () => {
  const newer = memoryReader(dump.set, {
    ...dump.summary,
    server: { version: '99.1', identity: 'x' },
  });
  await expect(restoreTo(newer, { target: target.url })).rejects.toMatchObject({
    code: 'TARGET_TOO_OLD',
  });
  const all = await takeDump(source.url, { source: { databases: 'all' } });
  await expect(restoreTo(all.reader, { target: target.urlOf('elsewhere') })).rejects.toMatchObject({
    name: 'UsageError',
    code: 'TARGET_AMBIGUOUS',
  });
  const report = await restoreTo(all.reader, {
    target: target.urlOf('elsewhere'),
    only: ['shop'],
  });
  expect(report.comparison).toMatchObject({ units: 1, rows: 1000, differences: [] });
});

test('fills an empty database as a user who may not create one', async () => {
  await target.query(`drop role if exists tenant; create role tenant login password 'tenant'`);
  await target.query(
    `create database elsewhere owner tenant encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0`,
  );
  const url = new URL(target.urlOf('elsewhere'));
  url.username = 'tenant';
  url.password = 'tenant';
  const report = await restoreTo(dump.reader, { target: url.href });
  expect(report.comparison).toMatchObject({ units: 1, rows: 1000, differences: [] });
  expect(report.notes.join()).toContain('everything belongs to tenant');
  const elsewhere = url.href.replace(/elsewhere$/, 'nowhere');
  await expect(restoreTo(dump.reader, { target: elsewhere })).rejects.toMatchObject({
    code: 'TARGET_PRIVILEGE',
  });
});

test('backs up as a user who may only read, and names what is missing before', async () => {
  const url = new URL(source.urlOf('shop'));
  url.username = 'reader';
  url.password = 'secret';
  const findings = await withContext(url.href, {}, (context) => postgres.check(context));
  const missing = findings.find(({ level }) => level === 'error');
  expect(missing).toMatchObject({
    detail: 'reader may not read public.été',
    fix: 'GRANT pg_read_all_data TO "reader";',
  });
  await expect(takeDump(url.href)).rejects.toMatchObject({ code: 'SOURCE_PRIVILEGE' });
  await source.query('grant select on "été" to reader', inShop);
  const logged: string[] = [];
  const { reader, summary } = await takeDump(url.href, { log: (line) => logged.push(line) });
  expect(logged.join()).toMatch(/without passwords/);
  expect(summary).toMatchObject({ totals: { rows: 1000 }, partialReasons: [] });
  await source.query(missing?.fix ?? '');
  const after = await withContext(url.href, {}, (context) => postgres.check(context));
  expect(after.filter(({ level }) => level !== 'ok')).toEqual([]);
  const report = await restoreTo(reader, { target: target.urlOf('elsewhere') });
  expect(report.comparison).toMatchObject({ rows: 1000, differences: [] });
});

test('starts a scratch server, restores into it and runs the assertions', async () => {
  const drill = {
    assertions: [
      { database: 'shop', sql: 'select count(*) = 1000 from "été"' },
      { database: 'shop', sql: 'select count(*) > 1000 from "été"' },
      { database: 'shop', sql: 'select nonsense' },
    ],
  };
  const results = await withContext(
    source.urlOf('shop'),
    { source: { drill } },
    async (context) => {
      const scratch = await postgres.openScratch(context, dump.reader);
      try {
        const request = { target: scratch.target, only: [], overwrite: false };
        await postgres.restore(context, request, dump.reader);
        return await postgres.assert(context, scratch.target);
      } finally {
        await scratch.close();
      }
    },
  );
  expect(results.map(({ passed }) => passed)).toEqual([true, false, false]);
  expect(results[2]?.detail).toMatch(/nonsense/);
});

test('drops what a killed restore left, and only that', async () => {
  await target.query('create database holdfast_restore_mine');
  await target.query('create database holdfast_restore_0badf00d');
  await target.query(
    `comment on database holdfast_restore_0badf00d is 'Holdfast: an unfinished restore'`,
  );
  await restoreTo(dump.reader, { target: target.url });
  expect(await names()).toContain('holdfast_restore_mine');
  expect(await names()).not.toContain('holdfast_restore_0badf00d');
  await target.query('drop database holdfast_restore_mine');
});

test('answers about a server that is not there, and about a wrong password', async () => {
  const nowhere = 'postgres://postgres@127.0.0.1:9/shop';
  const findings = await withContext(nowhere, {}, (context) => postgres.check(context));
  expect(findings).toMatchObject([{ subject: 'connection', level: 'error' }]);
  await expect(takeDump(nowhere)).rejects.toMatchObject({
    code: 'SOURCE_UNREACHABLE',
    retryable: true,
  });
  const wrong = source.urlOf('shop').replace(/:[^:@]+@/, ':wrong-word@');
  const denied = await takeDump(wrong).catch((error: Error) => error);
  expect(denied).toMatchObject({ code: 'SOURCE_DENIED' });
  expect(String(denied)).not.toContain('wrong-word');
});
