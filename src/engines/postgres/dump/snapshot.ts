/**
 * One exported snapshot of one database, with every table locked against TRUNCATE, DROP and DDL
 * until the end. The locks come before the first SELECT: a TRUNCATE that commits between the
 * snapshot and a dump's own lock would otherwise give an empty stream and exit status 0.
 */
import { SourceError } from '../../../core/errors.ts';
import { type Connection, displayUrl } from '../connection.ts';
import { openSession, type Session } from '../session.ts';
import { listSizedTables, listTables, qualified, type SizedTable, type Table } from '../tables.ts';

export interface Snapshot {
  /** For `pg_dump --snapshot` and `SET TRANSACTION SNAPSHOT`. */
  readonly id: string;
  readonly tables: readonly SizedTable[];
  /** The exporting transaction itself: sees exactly what the dump sees. */
  readonly session: Session;
  /** Ends the transaction; throws when the server had ended it before. */
  finish(): Promise<void>;
}

export interface SnapshotOptions {
  readonly lockTimeoutSeconds: number;
  readonly signal: AbortSignal;
}

const batchSize = 200;
const attempts = 5;

/** Throws SourceError LOCK_TIMEOUT, SOURCE_PRIVILEGE, TOO_MANY_LOCKS, SOURCE_CHANGING. */
export async function withSnapshot<T>(
  connection: Connection,
  options: SnapshotOptions,
  use: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  const session = await openSession(connection, { side: 'source', signal: options.signal });
  const lister = await openSession(connection, { side: 'source', signal: options.signal });
  try {
    const snapshot = await exportSnapshot({ session, lister, connection }, options);
    const result = await Promise.race([use(snapshot), session.lost]);
    await snapshot.finish();
    return result;
  } finally {
    await Promise.all([session.close(), lister.close()]);
  }
}

interface Sessions {
  readonly session: Session;
  /** Another connection: listing in the exporting one would take its snapshot before the locks. */
  readonly lister: Session;
  readonly connection: Connection;
}

async function exportSnapshot(sessions: Sessions, options: SnapshotOptions): Promise<Snapshot> {
  const { session, lister, connection } = sessions;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const expected = await listTables(lister);
    await session.query('begin isolation level repeatable read read only');
    await session.query(`set local lock_timeout = '${options.lockTimeoutSeconds}s'`);
    const locked = await lockTables(sessions, expected);
    if (locked) {
      const [exported] = await session.query<{ id: string }>(
        'select pg_catalog.pg_export_snapshot() as id',
      );
      const tables = await listSizedTables(session);
      if (exported !== undefined && sameTables(expected, tables)) {
        return { id: exported.id, tables, session, finish: () => finish(session) };
      }
    }
    await session.query('rollback');
  }
  throw new SourceError(
    `${displayUrl(connection)}: tables came and went during ${attempts} attempts to lock them`,
    {
      code: 'SOURCE_CHANGING',
      hint: 'run the backup when no migration is under way',
      retryable: true,
    },
  );
}

async function finish(session: Session): Promise<void> {
  await session.query('commit');
}

function sameTables(expected: readonly Table[], seen: readonly Table[]): boolean {
  const key = (table: Table) => `${table.oid} ${qualified(table)}`;
  const known = new Set(expected.map(key));
  return known.size === seen.length && seen.every((table) => known.has(key(table)));
}

/** False when a table went away meanwhile: then the list is read again. */
async function lockTables(sessions: Sessions, tables: readonly Table[]): Promise<boolean> {
  try {
    for (let start = 0; start < tables.length; start += batchSize) {
      const names = tables.slice(start, start + batchSize).map((one) => `only ${qualified(one)}`);
      await sessions.session.query(`lock table ${names.join(', ')} in access share mode`);
    }
    return true;
  } catch (cause) {
    const gone = ['42P01', '3F000', '42809'];
    if (gone.includes(sqlStateOf(cause))) return false;
    throw await lockError(cause, sessions, tables);
  }
}

const sqlStateOf = (cause: unknown) => (cause as { code?: string }).code ?? '';

async function lockError(
  cause: unknown,
  { lister, connection }: Sessions,
  tables: readonly Table[],
): Promise<unknown> {
  const place = displayUrl(connection);
  switch (sqlStateOf(cause)) {
    case '55P03': {
      const holder = await holderOf(lister, tables);
      return new SourceError(`${place}: a table stayed locked: ${holder}`, {
        code: 'LOCK_TIMEOUT',
        hint: 'wait for that session or end it with pg_terminate_backend; lockTimeoutSeconds: in the source sets how long to wait',
        retryable: true,
        cause,
      });
    }
    case '42501':
      return new SourceError(`${place}: ${(cause as Error).message}`, {
        code: 'SOURCE_PRIVILEGE',
        hint: '`holdfast check` lists what is missing with the GRANT that mends it',
        cause,
      });
    case '53200':
      return new SourceError(`${place}: the lock table is full at ${tables.length} tables`, {
        code: 'TOO_MANY_LOCKS',
        hint: 'raise max_locks_per_transaction on the server and restart it',
        cause,
      });
    default:
      return cause;
  }
}

async function holderOf(lister: Session, tables: readonly Table[]): Promise<string> {
  const [holder] = await lister.query<{ pid: number; relation: string; query: string }>(
    `select l.pid, l.relation::regclass::text as relation, left(a.query, 80) as query
     from pg_locks l left join pg_stat_activity a using (pid)
     where l.granted and l.mode = 'AccessExclusiveLock' and l.relation = any($1::oid[]) limit 1`,
    [tables.map((table) => table.oid)],
  );
  return holder === undefined
    ? 'its holder has gone meanwhile'
    : `${holder.relation} by session ${holder.pid} (${holder.query ?? 'query not visible'})`;
}
