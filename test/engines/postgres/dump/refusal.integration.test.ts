/** What a server refuses during a dump. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresFixture, startPostgres } from '../../../servers/postgres.ts';
import { takeDump } from '../engine-context.ts';

let server: PostgresFixture;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

test('names the database whose policies hide rows, and what to do', async () => {
  await server.query(`create role keeper login password 'letmein'`);
  await server.query('create database hidden owner keeper');
  await server.query(
    `set role keeper; create table secret (a int); insert into secret values (1);
     alter table secret enable row level security; alter table secret force row level security`,
    { database: 'hidden' },
  );
  const url = new URL(server.urlOf('hidden'));
  url.username = 'keeper';
  url.password = 'letmein';
  await expect(takeDump(url.href)).rejects.toMatchObject({
    code: 'SOURCE_REFUSED',
    message: expect.stringMatching(/database hidden .*row-level security.*"secret"/),
    hint: expect.stringContaining('holdfast check'),
  });
});
