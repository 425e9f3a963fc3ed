/** Fills a database with about `megabytes` of dump: two big tables, a wide one, and many small ones. */
import pg from 'pg';

export async function fillDatabase(url: string, megabytes: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const rows = Math.round((megabytes * 1e6) / 250);
    await client.query(`
      create table events (id bigint primary key, kind text not null, actor text not null, at timestamptz not null, payload text not null);
      insert into events select n, (array['view','click','buy'])[1 + n % 3], 'user-' || n::bigint * 7919 % 100000,
        timestamptz '2026-01-01Z' + n * interval '1 second', md5(n::text) || ' order ' || n % 1000 || ' shipped to ' || md5((n % 5000)::text)
        from generate_series(1, ${rows}) n;
      create table payments (id bigint primary key, event bigint not null, amount numeric(12,2) not null, note text not null);
      insert into payments select n, n, (n::bigint * 37 % 100000) / 100.0, 'payment ' || md5((n::bigint * 13)::text) || ' of customer ' || n % 9999
        from generate_series(1, ${rows}) n;
      create index on events (actor, at);
      create index on payments (event);
    `);
    for (let n = 0; n < 50; n++) {
      await client.query(
        `create table small_${n} as select g as id, md5(g::text) as v from generate_series(1, 500) g`,
      );
    }
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}
