/** A real PostgreSQL for one test file: `const server = await startPostgres(); … await server.stop()`. */
import { Client, type QueryResultRow } from 'pg';
import {
  type ScratchServer,
  startScratchServer,
} from '../../src/engines/postgres/scratch-server.ts';

export interface PostgresFixture extends ScratchServer {
  /** The URL of a database on this server. */
  urlOf(database: string): string;
  /** Runs SQL (one statement or several) and gives the rows of the last one. */
  query(sql: string, options?: { database?: string }): Promise<QueryResultRow[]>;
}

export interface PostgresFixtureOptions {
  readonly major?: number;
  readonly settings?: Readonly<Record<string, string>>;
}

export async function startPostgres(
  options: PostgresFixtureOptions = {},
): Promise<PostgresFixture> {
  const server = await startScratchServer({
    major: options.major ?? 15,
    settings: { max_connections: '60', ...options.settings },
  });
  const urlOf = (database: string) => `${server.url}${encodeURIComponent(database)}`;
  return {
    ...server,
    urlOf,
    query: (sql, { database = 'postgres' } = {}) => runSql(server, database, sql),
  };
}

async function runSql(
  { url, port }: ScratchServer,
  database: string,
  sql: string,
): Promise<QueryResultRow[]> {
  const { username: user, password } = new URL(url);
  // Not by the URL: the library does not decode all of a database's name.
  const client = new Client({ host: '127.0.0.1', port, user, password, database });
  await client.connect();
  try {
    const result: unknown = await client.query(sql);
    const last = Array.isArray(result) ? result.at(-1) : result;
    return (last as { rows: QueryResultRow[] }).rows;
  } finally {
    await client.end();
  }
}
