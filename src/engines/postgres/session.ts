/** A connection in this process: for the catalogs, the snapshot, the locks and the fingerprint. */
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { Client, type QueryResultRow } from 'pg';
import { type HoldfastError, SourceError, TargetError } from '../../core/errors.ts';
import { type Connection, connectTimeoutSeconds, displayUrl } from './connection.ts';

export interface Session {
  query<Row extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Rejects when the server ends the connection; never resolves. */
  readonly lost: Promise<never>;
  close(): Promise<void>;
}

export interface SessionOptions {
  /** Which side of a backup it is: decides the class and the code of its errors. */
  readonly side: 'source' | 'target';
  readonly signal?: AbortSignal;
  /** For the connection, and again for each statement; absent: no limit for statements. */
  readonly answerSeconds?: number;
}

/** Nothing of a role's or database's own settings may end or refuse the work. */
const sessionSettings = `
  set statement_timeout = 0; set lock_timeout = 0;
  set idle_in_transaction_session_timeout = 0; set client_min_messages = warning;
  set default_transaction_read_only = off`;

const codes = {
  source: { denied: 'SOURCE_DENIED', unreachable: 'SOURCE_UNREACHABLE' },
  target: { denied: 'TARGET_DENIED', unreachable: 'TARGET_UNREACHABLE' },
} as const;

/** Throws SourceError or TargetError: …_UNREACHABLE (retryable), …_DENIED, DATABASE_MISSING. */
export async function openSession(
  connection: Connection,
  options: SessionOptions,
): Promise<Session> {
  const client = await connect(connection, options);
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  let ended: HoldfastError | undefined;
  const hasEnded = (cause: unknown) => {
    ended ??= endError(cause, connection, options.side);
    lost.reject(ended);
    return ended;
  };
  client.on('error', hasEnded);
  const end = () => client.end();
  const abort = () => void end().catch(() => undefined);
  options.signal?.addEventListener('abort', abort, { once: true });
  const session: Session = {
    query: async (sql, values = []) => {
      const result = await client
        .query(sql, values.length === 0 ? undefined : [...values])
        .catch((cause: unknown) => {
          // What the driver says of a session that is gone is not why it went.
          throw ended ?? (saysEnd(cause) ? hasEnded(cause) : cause);
        });
      return Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows;
    },
    lost: lost.promise,
    close: async () => {
      options.signal?.removeEventListener('abort', abort);
      await end().catch(() => undefined);
    },
  };
  await session.query(sessionSettings);
  // Only version 17 and newer know it.
  await session.query(
    `select set_config(name, '0', false) from pg_settings where name = 'transaction_timeout'`,
  );
  return session;
}

/** Opens, uses and closes. */
export async function withSession<T>(
  connection: Connection,
  options: SessionOptions,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(connection, options);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

async function connect(connection: Connection, options: SessionOptions): Promise<Client> {
  const { side, answerSeconds } = options;
  const mode = connection.tls['sslmode'] ?? 'prefer';
  const encrypted = await tlsOptions(connection, mode);
  try {
    return await attempt(connection, encrypted, answerSeconds);
  } catch (cause) {
    // libpq's default: TLS where the server offers it.
    const mayFallBack = mode === 'prefer' && String(cause).includes('does not support SSL');
    if (!mayFallBack) throw connectionError(cause, connection, side);
    return await attempt(connection, false, answerSeconds).catch((again) => {
      throw connectionError(again, connection, side);
    });
  }
}

async function attempt(
  connection: Connection,
  ssl: ConnectionOptions | false,
  answerSeconds: number | undefined,
): Promise<Client> {
  const { host, port, user, password, database = 'postgres' } = connection;
  const client = new Client({
    host,
    port,
    user,
    database,
    ssl,
    ...(password === undefined ? {} : { password }),
    application_name: 'holdfast',
    connectionTimeoutMillis: (answerSeconds ?? connectTimeoutSeconds) * 1000,
    ...(answerSeconds === undefined ? {} : { query_timeout: answerSeconds * 1000 }),
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** libpq's meaning of `sslmode`: only verify-ca and verify-full look at the certificate. */
async function tlsOptions(
  { host, tls }: Connection,
  mode: string,
): Promise<ConnectionOptions | false> {
  if (mode === 'disable' || mode === 'allow' || host.startsWith('/')) return false;
  const ca = tls['sslrootcert'];
  const verifies = mode.startsWith('verify-') || (mode === 'require' && ca !== undefined);
  return {
    rejectUnauthorized: verifies,
    ...(ca === undefined || ca === 'system' ? {} : { ca: await readFile(ca) }),
    ...(tls['sslcert'] === undefined ? {} : { cert: await readFile(tls['sslcert']) }),
    ...(tls['sslkey'] === undefined ? {} : { key: await readFile(tls['sslkey']) }),
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

const passwordHint =
  'put the URL with its password into a variable or a file, and name env:NAME or file:PATH';

/** Class 57P: shutdown, crash of a neighbour, pg_terminate_backend (PostgreSQL, Appendix A). */
const saysEnd = (cause: unknown) => `${(cause as { code?: unknown }).code}`.startsWith('57P');

function endError(cause: unknown, connection: Connection, side: SessionOptions['side']) {
  const seen = cause instanceof Error ? cause.message : `${cause}`;
  const failure = {
    code: codes[side].unreachable,
    hint: "the server's log says who ended it; another run starts anew",
    retryable: true,
    cause,
  };
  return sideError(side, `${displayUrl(connection)} ended the session: ${seen}`, failure);
}

function connectionError(
  cause: unknown,
  connection: Connection,
  side: SessionOptions['side'],
): HoldfastError {
  const { code: sqlState = '' } = cause as { code?: string };
  const withoutPassword = connection.password === undefined && String(cause).includes('SASL');
  const seen = withoutPassword
    ? 'the server asks for a password, and none was given'
    : `${cause instanceof Error ? cause.message : cause}`;
  const message = `${displayUrl(connection)} cannot be reached: ${seen}`;
  const failure = withoutPassword
    ? { code: codes[side].denied, hint: passwordHint }
    : failureOf(sqlState, side);
  return sideError(side, message, { ...failure, cause });
}

const sideError = (
  side: SessionOptions['side'],
  ...what: ConstructorParameters<typeof SourceError>
) => (side === 'source' ? new SourceError(...what) : new TargetError(...what));

function failureOf(sqlState: string, side: SessionOptions['side']) {
  if (sqlState === '3D000') {
    return { code: 'DATABASE_MISSING', hint: 'psql -l lists the databases of the server' };
  }
  if (sqlState.startsWith('28')) {
    return {
      code: codes[side].denied,
      hint: "check user and password in the connection's secret, and pg_hba.conf",
    };
  }
  return {
    code: codes[side].unreachable,
    hint: 'check host, port, firewall and that the server runs: pg_isready',
    retryable: true,
  };
}
