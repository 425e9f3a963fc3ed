/** Two servers on one port of two addresses, whoever manages them: what they say, and the table that clients write. */
import { Client } from 'pg';
import { until } from './rival.ts';

export interface Servers {
  application(address: string): string;
  query<Row extends object>(address: string, sql: string, database?: string): Promise<Row[]>;
  role(address: string): Promise<'primary' | 'replica'>;
  /** The database, the application's role, the ledger: as the pair of the tests has them. */
  prepare(address: string): Promise<void>;
}

export function servers({
  port,
  password,
}: {
  readonly port: number;
  readonly password: string;
}): Servers {
  const url = (user: string, address: string, database: string) =>
    `postgres://${user}:${password}@${address}:${port}/${database}`;
  const query: Servers['query'] = (address, sql, database = 'shop') =>
    ask(url('postgres', address, database), sql);
  return {
    application: (address) => url('app', address, 'shop'),
    query,
    async role(address) {
      const sql = 'select pg_is_in_recovery() as replica';
      const [row] = await query<{ replica: boolean }>(address, sql, 'postgres');
      return row?.replica === false ? 'primary' : 'replica';
    },
    async prepare(address) {
      await query(address, 'create database shop', 'postgres');
      await query(
        address,
        `create role app login password '${password}'; create table ledger (id bigint primary key, at timestamptz not null default now()); grant all on ledger to app`,
      );
    },
  };
}

/** Waits until one of them is the primary and the other streams from it; the address of the primary. */
export async function replicates(
  at: Servers,
  [one, two]: readonly [string, string],
  {
    seconds,
    knows,
  }: { readonly seconds: number; readonly knows: (replica: string) => Promise<boolean> },
): Promise<string> {
  let primary = '';
  await until('a replica that streams', seconds, async () => {
    const roles = await Promise.all([one, two].map((address) => at.role(address)));
    primary = roles[0] === 'primary' ? one : two;
    const replica = primary === one ? two : one;
    const sql = `select 1 from pg_stat_replication where state = 'streaming' and replay_lsn = pg_current_wal_lsn()`;
    const streams = (await at.query(primary, sql)).length > 0;
    return roles.includes('primary') && streams && (await knows(replica));
  });
  return primary;
}

async function ask<Row extends object>(connectionString: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const result: unknown = await client.query(sql);
    return (Array.isArray(result) ? result.at(-1) : (result as { rows: Row[] }))?.rows ?? [];
  } finally {
    await client.end().catch(() => undefined);
  }
}
