/** Partitions that the target fills otherwise than the source did. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresFixture, startPostgres } from '../../../servers/postgres.ts';
import { restoreTo, takeDump } from '../engine-context.ts';

let server: PostgresFixture;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

test('restores a table partitioned by the hash of an enum, whose rows change their leaves', async () => {
  await server.query('create database moods');
  await server.query(
    `create type mood as enum ('sad', 'ok', 'glad', 'wild', 'calm', 'odd', 'even', 'dull');
     create table felt (m mood, n int) partition by hash (m);
     create table felt_0 partition of felt for values with (modulus 2, remainder 0);
     create table felt_1 partition of felt for values with (modulus 2, remainder 1);
     insert into felt select (enum_range(null::mood))[1 + n % 8], n from generate_series(1, 800) n`,
    { database: 'moods' },
  );
  const { reader } = await takeDump(server.urlOf('moods'));
  const report = await restoreTo(reader, { target: server.urlOf('moods_again') });
  expect(report.comparison.differences).toEqual([]);
  const all = 'select m::text, n from felt order by 1, 2';
  const [original, restored] = await Promise.all(
    ['moods', 'moods_again'].map((database) => server.query(all, { database })),
  );
  expect(original).toHaveLength(800);
  expect(restored).toEqual(original);
});

test('restores an index of a partitioned table that has a foreign table among its partitions', async () => {
  await server.query('create database far');
  await server.query(
    `create extension postgres_fdw; create server away foreign data wrapper postgres_fdw;
     create table part (k int) partition by list (k);
     create table here partition of part for values in (1); insert into part values (1);
     create foreign table there partition of part for values in (2) server away;
     create index on part (k)`,
    { database: 'far' },
  );
  const { reader } = await takeDump(server.urlOf('far'));
  const report = await restoreTo(reader, { target: server.urlOf('far_again') });
  expect(report.comparison.differences).toEqual([]);
  const indexes = `select indexname from pg_indexes where schemaname = 'public'`;
  expect(await server.query(indexes, { database: 'far_again' })).toHaveLength(2);
});
