/** The server of a source: how to reach it, what it is, which of its databases are meant. */
import { z } from 'zod';
import { referencePattern } from '../../core/config/values.ts';
import { SourceError } from '../../core/errors.ts';
import type { EngineContext } from '../../core/ports/engine.ts';
import { type Connection, displayUrl, onDatabase, parseConnection } from './connection.ts';
import type { PostgresSource } from './schema.ts';
import { openSession, type Session } from './session.ts';

export type PostgresContext = EngineContext<PostgresSource>;

/** What AWS writes into the secret of a managed database. */
const managedSecretSchema = z.object({
  host: z.string(),
  port: z.union([z.number(), z.string()]).default(5432),
  username: z.string(),
  password: z.string(),
  dbname: z.string().optional(),
});

/** Throws UsageError CONNECTION_INVALID, and whatever the secret's store says. */
export async function sourceConnection(context: PostgresContext): Promise<Connection> {
  const { connection } = context.source;
  return resolveConnection(connection, context);
}

/** `text` is a reference or a URL. */
export async function resolveConnection(
  text: string,
  context: Pick<PostgresContext, 'secret'>,
): Promise<Connection> {
  const value = referencePattern.test(text) ? await context.secret(text) : text;
  return value.trimStart().startsWith('{') ? fromManagedSecret(value) : parseConnection(value);
}

function fromManagedSecret(text: string): Connection {
  const parsed = managedSecretSchema.safeParse(parseJson(text));
  if (!parsed.success) return parseConnection('');
  const { host, port, username, password, dbname } = parsed.data;
  const database = dbname === undefined ? {} : { database: dbname };
  return { host, port: Number(port), user: username, password, ...database, tls: {} };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface ServerFacts {
  /** `15.18`. */
  readonly version: string;
  readonly major: number;
  /** The cluster's system identifier, else host and port. */
  readonly identity: string;
  readonly standby: boolean;
  readonly superuser: boolean;
  readonly readsPasswords: boolean;
  readonly lsn: string;
  /** Changes with each promotion; absent where the server does not tell. */
  readonly timeline?: string;
  readonly user: string;
}

const factsSql = `
  select current_setting('server_version') as version,
    current_setting('server_version_num')::int / 10000 as major,
    pg_is_in_recovery() as standby, rolsuper as superuser, current_user::text as user,
    has_table_privilege('pg_catalog.pg_authid', 'SELECT') as "readsPasswords",
    (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end)::text as lsn
  from pg_roles where rolname = current_user`;

/** Throws SourceError SERVER_TOO_OLD before version 11. */
export async function readServerFacts(
  session: Session,
  connection: Connection,
): Promise<ServerFacts> {
  const [row] = await session.query<Omit<ServerFacts, 'identity' | 'timeline'>>(factsSql);
  if (row === undefined || row.major < 11) {
    throw new SourceError(`${displayUrl(connection)} runs PostgreSQL ${row?.version}`, {
      code: 'SERVER_TOO_OLD',
      hint: 'Holdfast backs up PostgreSQL 11 and newer',
    });
  }
  const version = row.version.split(' ')[0] ?? row.version;
  const identity = await identityOf(session, connection);
  const timeline = await timelineOf(session);
  return { ...row, version, identity, ...(timeline !== undefined && { timeline }) };
}

/** Of the log's current file; managed servers may know no such function. */
async function timelineOf(session: Session): Promise<string | undefined> {
  const [row] = await session
    .query<{ timeline: string }>(
      `select case when pg_is_in_recovery() then (select timeline_id::text from pg_control_checkpoint())
         else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int::text end as timeline`,
    )
    .catch(() => []);
  return row?.timeline;
}

async function identityOf(session: Session, { host, port }: Connection): Promise<string> {
  const [row] = await session
    .query<{ id: string }>('select system_identifier::text as id from pg_control_system()')
    .catch(() => []);
  return row?.id ?? `${host}:${port}`;
}

export interface DatabaseChoice {
  readonly names: readonly string[];
  /** Databases that `all` means but nobody may connect to. */
  readonly closed: readonly string[];
}

/** Throws SourceError DATABASE_MISSING naming the databases there are. */
export async function chooseDatabases(
  session: Session,
  wanted: PostgresSource['databases'],
  connection: Connection,
): Promise<DatabaseChoice> {
  const present = await session.query<{ name: string; open: boolean; template: boolean }>(`
    select datname::text as name, datallowconn as open, datistemplate as template
    from pg_database order by datname`);
  if (wanted === 'all') {
    const meant = present.filter(({ template }) => !template);
    return {
      names: meant.filter(({ open }) => open).map(({ name }) => name),
      closed: meant.filter(({ open }) => !open).map(({ name }) => name),
    };
  }
  const names = wanted ?? [connection.database ?? connection.user];
  const missing = names.filter((name) => !present.some((one) => one.name === name));
  if (missing.length > 0) {
    const seen = present.map(({ name }) => name).join(', ');
    throw new SourceError(
      `${displayUrl(connection)} has no database ${missing.join(', ')}: it has ${seen}`,
      { code: 'DATABASE_MISSING', hint: 'correct databases: in the source, or write all' },
    );
  }
  return { names: [...new Set(names)], closed: [] };
}

export interface ServerSessionOptions {
  readonly side: 'source' | 'target';
  readonly signal?: AbortSignal;
  /** Databases that the session must not be on, because they are renamed or dropped. */
  readonly avoid?: readonly string[];
}

/**
 * A session on any database that accepts one: `postgres`, `template1`, the URL's own, for what
 * concerns the server as a whole.
 */
export async function withServerSession<T>(
  connection: Connection,
  options: ServerSessionOptions,
  use: (session: Session, connection: Connection) => Promise<T>,
): Promise<T> {
  const own = connection.database === undefined ? [] : [connection.database];
  const avoid = options.avoid ?? [];
  const candidates = ['postgres', 'template1', ...own].filter((name) => !avoid.includes(name));
  const session = await firstSession(connection, candidates, options);
  try {
    return await use(session.session, session.connection);
  } finally {
    await session.session.close();
  }
}

async function firstSession(
  connection: Connection,
  candidates: readonly string[],
  options: ServerSessionOptions,
): Promise<{ session: Session; connection: Connection }> {
  const [candidate = 'postgres', ...others] = candidates;
  const on = onDatabase(connection, candidate);
  try {
    return { session: await openSession(on, options), connection: on };
  } catch (error) {
    const unreachable = (error as { code?: string }).code?.endsWith('_UNREACHABLE') ?? false;
    if (unreachable || others.length === 0) throw error;
    return await firstSession(connection, others, options);
  }
}
