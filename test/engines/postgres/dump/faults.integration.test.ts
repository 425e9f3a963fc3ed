/** What happens to the source while it is dumped never gives a set that looks whole and is not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { DumpSink } from '../../../../src/core/ports/engine.ts';
import { postgres } from '../../../../src/engines/postgres/engine.ts';
import { type PostgresFixture, startPostgres } from '../../../servers/postgres.ts';
import { emptySet, memoryReader, memorySink } from '../../memory-set.ts';
import { restoreTo, takeDump, withContext } from '../engine-context.ts';

let server: PostgresFixture;
const inShop = { database: 'shop' };

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  await server.query('drop database if exists shop with (force)');
  await server.query('drop database if exists shop_copy with (force)');
  await server.query('create database shop');
  await server.query(
    'create table items (id serial, v text); alter table items alter v set storage external; insert into items (v) select repeat(md5(n::text), 300) from generate_series(1, 5000) n; create table other (id int); insert into other values (1)',
    inShop,
  );
});

/** `before` acts when the first program of the dump is about to start, `during` when all have their locks. */
async function dumpWhile(act: { before?: () => Promise<void>; during?: () => Promise<void> }) {
  const set = emptySet();
  let started: Promise<void> | undefined;
  let running: Promise<void> | undefined;
  const sink = memorySink(set, {
    onFirstBytes: async ({ role }) => {
      if (role !== 'data') return;
      running ??= act.during?.();
      await running;
    },
  });
  const slow: DumpSink = {
    ...sink,
    command: async (spec, command) => {
      if (spec.role !== 'globals') {
        started ??= act.before?.();
        await started;
      }
      return sink.command(spec, command);
    },
  };
  const summary = await withContext(server.urlOf('shop'), {}, (context) =>
    postgres.dump(context, { method: 'dump', fingerprint: 'checksum' }, slow),
  );
  return { reader: memoryReader(set, summary), summary };
}

test('makes TRUNCATE and DROP wait, and dumps every row of the snapshot', async () => {
  const intruders: Promise<unknown>[] = [];
  const { reader, summary } = await dumpWhile({
    during: async () => {
      intruders.push(
        server.query('truncate items', inShop),
        server.query('drop table other', inShop),
      );
      await sleep(300);
      await server.query('create table late (a int); insert into late values (1)', inShop);
    },
  });
  expect(intruders).toHaveLength(2);
  await Promise.all(intruders);
  expect(await server.query('select count(*)::int as n from items', inShop)).toEqual([{ n: 0 }]);
  expect(summary.totals.rows).toBe(5001);
  const report = await restoreTo(reader, { target: server.urlOf('shop_copy') });
  expect(report.comparison).toMatchObject({ rows: 5001, differences: [] });
});

test('fails, to be tried again, when a TRUNCATE is queued before its programs', async () => {
  let intruder: Promise<unknown> | undefined;
  const dump = dumpWhile({
    before: async () => {
      intruder = server.query('truncate items', inShop);
      await sleep(300);
    },
  });
  await expect(dump).rejects.toMatchObject({ code: 'LOCK_CONFLICT', retryable: true });
  await intruder;
  expect(await server.query('select count(*)::int as n from items', inShop)).toEqual([{ n: 0 }]);
});

test('is content with rows written and sequences drawn while it runs', async () => {
  const { reader } = await dumpWhile({
    before: async () => {
      await server.query(
        `insert into items (v) select 'late' from generate_series(1, 100); delete from items where id < 10`,
        inShop,
      );
    },
  });
  const report = await restoreTo(reader, { target: server.urlOf('shop_copy') });
  expect(report.comparison).toMatchObject({ rows: 5001, differences: [] });
  const [next] = await server.query(`select nextval('items_id_seq')::int as id`, {
    database: 'shop_copy',
  });
  expect(next?.['id']).toBeGreaterThan(5000);
});

test('fails when its sessions are ended in the middle', async () => {
  const dump = dumpWhile({
    before: async () => {
      await server.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'shop' and pid <> pg_backend_pid()`,
      );
      await sleep(100);
    },
  });
  await expect(dump).rejects.toThrow(/terminat|snapshot|Connection/);
});

test('fails when only the session that holds the locks is ended', async () => {
  const dump = dumpWhile({
    before: async () => {
      await server.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'shop' and state = 'idle in transaction' and query ~* 'pg_sequences|relkind|place'`,
      );
      await sleep(100);
    },
  });
  await expect(dump).rejects.toThrow(/terminat|snapshot|Connection/);
});

test('names who holds a table instead of waiting for ever', async () => {
  const holder = new Client({ connectionString: server.urlOf('shop') });
  await holder.connect();
  await holder.query('begin; lock table other in access exclusive mode');
  const dump = takeDump(server.urlOf('shop'), { source: { lockTimeoutSeconds: 1 } });
  await expect(dump).rejects.toMatchObject({
    code: 'LOCK_TIMEOUT',
    retryable: true,
    message: expect.stringContaining('other by session'),
  });
  await holder.end();
});

test('says that the lock table is too small before it starts', async () => {
  const small = await startPostgres({
    settings: {
      max_locks_per_transaction: '10',
      max_connections: '8',
      max_wal_senders: '0',
      max_worker_processes: '0',
      wal_level: 'minimal',
    },
  });
  try {
    await small.query(
      `do $$ begin for i in 1..120 loop execute format('create table t%s (a int)', i); end loop; end $$`,
    );
    await small.query(
      `do $$ begin for i in 121..180 loop execute format('create table t%s (a int)', i); end loop; end $$`,
    );
    await expect(takeDump(small.urlOf('postgres'))).rejects.toMatchObject({
      code: 'TOO_MANY_LOCKS',
      hint: expect.stringContaining('max_locks_per_transaction'),
    });
  } finally {
    await small.stop();
  }
});

test('stops at once when asked to', async () => {
  const stop = new AbortController();
  const url = server.urlOf('shop');
  const dump = withContext(url, { signal: stop.signal }, (context) => {
    const sink = memorySink(emptySet(), { signal: stop.signal });
    const never: DumpSink = {
      ...sink,
      command: () =>
        new Promise((_, reject) => {
          stop.signal.addEventListener('abort', () => reject(new Error('aborted')));
          setTimeout(() => stop.abort(), 50);
        }),
    };
    return postgres.dump(context, { method: 'dump', fingerprint: 'rows' }, never);
  });
  await expect(dump).rejects.toThrow(/aborted/);
  await sleep(200);
  const left = await server.query(
    `select count(*)::int as n from pg_stat_activity where application_name = 'holdfast'`,
  );
  expect(left).toEqual([{ n: 0 }]);
});

test('leaves out the rows of excluded tables and keeps their definitions', async () => {
  await server.query(
    'create schema audit; create table audit."log_tmp" (a int); insert into audit.log_tmp values (1); create table audit.parts (a int) partition by list (a); create table audit.part_1 partition of audit.parts for values in (1); insert into audit.parts values (1)',
    inShop,
  );
  const { reader, summary } = await takeDump(server.urlOf('shop'), {
    source: { exclude: ['audit.*_tmp', 'audit.parts', 'public.other'] },
  });
  expect(summary.totals.rows).toBe(5000);
  await restoreTo(reader, { target: server.urlOf('shop_copy') });
  const counts = await server.query(
    'select (select count(*) from audit.log_tmp)::int a, (select count(*) from audit.parts)::int b, (select count(*) from other)::int c, (select count(*) from items)::int d',
    { database: 'shop_copy' },
  );
  expect(counts).toEqual([{ a: 0, b: 0, c: 0, d: 5000 }]);
});

test('takes rows of included tables only', async () => {
  const { summary } = await takeDump(server.urlOf('shop'), { source: { include: ['public.o*'] } });
  expect(summary.totals.rows).toBe(1);
});
