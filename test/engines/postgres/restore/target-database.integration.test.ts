/** Databases beside the target, while several restores are at work on one server. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConnection } from '../../../../src/engines/postgres/connection.ts';
import type { DatabaseLine } from '../../../../src/engines/postgres/index-lines.ts';
import {
  createSideDatabase,
  dropAbandoned,
} from '../../../../src/engines/postgres/restore/target-database.ts';
import { openSession } from '../../../../src/engines/postgres/session.ts';
import { type PostgresFixture, startPostgres } from '../../../servers/postgres.ts';

let server: PostgresFixture;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

test('drops what a dead restore left, never what another one has just made', async () => {
  const open = () => openSession(parseConnection(server.url), { side: 'target' });
  const [working, other] = await Promise.all([open(), open()]);
  const like = { encoding: 'UTF8', collate: 'C', ctype: 'C', provider: 'libc' } as DatabaseLine;
  const side = await createSideDatabase(working, like);
  expect(await dropAbandoned(other)).toEqual([]);
  await working.close();
  await expect.poll(() => dropAbandoned(other)).toEqual([side]);
  const left = await other.query(`select datname from pg_database where datname ~ 'holdfast'`);
  await other.close();
  expect(left).toEqual([]);
});
