/** Where a server is and who connects: from a URL to what libpq and `pg` need. */
import { homedir } from 'node:os';
import { UsageError } from '../../core/errors.ts';
import type { Command } from '../../core/ports/engine.ts';
import type { Installation } from './installation.ts';

export interface Connection {
  /** A host name, an address, or the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  /** Absent: the URL names a server, not a database. */
  readonly database?: string;
  /** `sslmode`, `sslrootcert`, `sslcert`, `sslkey`. */
  readonly tls: Readonly<Record<string, string>>;
}

const tlsParameters = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'];
export const connectTimeoutSeconds = 15;

/** Throws UsageError CONNECTION_INVALID; the message never repeats the URL, which may hold a password. */
export function parseConnection(text: string): Connection {
  const trimmed = text.trim();
  if (!/^postgres(ql)?:\/\//.test(trimmed) || !URL.canParse(trimmed)) throw invalid();
  const url = new URL(trimmed);
  const parameter = (name: string) => url.searchParams.get(name) ?? '';
  const password = decode(url.password) || parameter('password');
  const database = decode(url.pathname.slice(1)) || parameter('dbname');
  return {
    host: decode(url.hostname).replace(/^\[(.*)\]$/, '$1') || parameter('host') || 'localhost',
    port: Number(url.port || parameter('port') || 5432),
    user: decode(url.username) || parameter('user') || 'postgres',
    ...(password === '' ? {} : { password }),
    ...(database === '' ? {} : { database }),
    tls: Object.fromEntries(
      tlsParameters.filter((name) => parameter(name) !== '').map((name) => [name, parameter(name)]),
    ),
  };
}

function invalid(): UsageError {
  return new UsageError('the connection is not a PostgreSQL URL', {
    code: 'CONNECTION_INVALID',
    hint: 'write postgres://user:password@host:port/database; encode special characters of the password as %XX',
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid();
  }
}

export const onDatabase = (connection: Connection, database: string): Connection => ({
  ...connection,
  database,
});

/** For people: without the password. */
export function displayUrl({ user, host, port, database }: Connection): string {
  const place = host.includes('/') || host.includes(':') ? encodeURIComponent(host) : host;
  return `postgres://${encodeURIComponent(user)}@${place}:${port}/${encodeURIComponent(database ?? '')}`;
}

/**
 * A connection string without the password: it stands in argv. Keep-alives end a connection to a
 * server that vanished without a word.
 */
export function connectionString(connection: Connection): string {
  const { host, port, user, database = 'postgres', tls } = connection;
  const fixed = {
    connect_timeout: String(connectTimeoutSeconds),
    keepalives_idle: '30',
    keepalives_interval: '10',
    keepalives_count: '6',
    application_name: 'holdfast',
  };
  const all = { host, port: String(port), user, dbname: database, ...tls, ...fixed };
  return Object.entries(all)
    .map(([name, value]) => `${name}='${value.replace(/[\\']/g, '\\$&')}'`)
    .join(' ');
}

export interface ToolOptions {
  readonly installation: Installation;
  readonly program: 'pg_dump' | 'pg_dumpall' | 'pg_restore' | 'psql';
  readonly args: readonly string[];
  /** Absent: the program connects to nothing. */
  readonly connection?: Connection;
  /** Settings of its session, as `-c name=value`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The environment is complete: nothing of the caller's (PGHOST, PGOPTIONS, ~/.psqlrc) leaks in. */
export function tool({ installation, program, args, connection, settings }: ToolOptions): Command {
  const target = connection === undefined ? [] : ['-d', connectionString(connection)];
  const options = Object.entries(settings ?? {}).map(([name, value]) => `-c ${name}=${value}`);
  return {
    argv: [`${installation.bin}/${program}`, ...args, ...target],
    env: {
      PATH: `${installation.bin}:/usr/local/bin:/usr/bin:/bin`,
      HOME: homedir(),
      LC_ALL: 'C',
      ...(connection?.password === undefined ? {} : { PGPASSWORD: connection.password }),
      ...(options.length === 0 ? {} : { PGOPTIONS: options.join(' ') }),
    },
  };
}
