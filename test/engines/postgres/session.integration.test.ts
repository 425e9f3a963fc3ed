/** A session that the server ended says so, whenever it is asked next. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConnection } from '../../../src/engines/postgres/connection.ts';
import { openSession, type Session } from '../../../src/engines/postgres/session.ts';
import { type PostgresFixture, startPostgres } from '../../servers/postgres.ts';

let server: PostgresFixture;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

const ended = {
  name: 'SourceError',
  code: 'SOURCE_UNREACHABLE',
  retryable: true,
  message: expect.stringContaining('terminating connection due to administrator command'),
};

const open = () => openSession(parseConnection(server.urlOf('postgres')), { side: 'source' });

async function end(session: Session): Promise<void> {
  const [row] = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
  await server.query(`select pg_terminate_backend(${row?.pid})`);
}

test('a query after the end names the end', async () => {
  const session = await open();
  await end(session);
  await expect(session.lost).rejects.toMatchObject(ended);
  await sleep(50);
  await expect(session.query('select 1')).rejects.toMatchObject(ended);
  await session.close();
});

test('a query that is running at the end names it too', async () => {
  const session = await open();
  const [row] = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
  const running = session.query('select pg_sleep(30)');
  const refused = expect(running).rejects.toMatchObject(ended);
  await server.query(`select pg_terminate_backend(${row?.pid})`);
  await refused;
  await session.close();
});

test('what the server says of a statement stays as it said it', async () => {
  const session = await open();
  await expect(session.query('select 1/0')).rejects.toMatchObject({ code: '22012' });
  expect(await session.query('select 1 as one')).toEqual([{ one: 1 }]);
  await session.close();
});
