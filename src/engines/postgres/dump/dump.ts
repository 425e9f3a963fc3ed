/** A set: roles and tablespaces, then database after database, then the index. */
import { DatabaseError } from 'pg';
import { SourceError } from '../../../core/errors.ts';
import type { DumpRequest, DumpSink, DumpSummary } from '../../../core/ports/engine.ts';
import { type Connection, onDatabase, tool } from '../connection.ts';
import { encodeIndex } from '../index-lines.ts';
import { type Installation, installationFor } from '../installation.ts';
import {
  chooseDatabases,
  type DatabaseChoice,
  type PostgresContext,
  readServerFacts,
  type ServerFacts,
  sourceConnection,
  withServerSession,
} from '../source.ts';
import { type DumpedDatabase, dumpDatabase } from './dump-database.ts';

/** Throws SourceError, ToolError (CLIENT_MISSING, TOOL_FAILED) and what the sink rejects with. */
export async function dump(
  context: PostgresContext,
  request: DumpRequest,
  sink: DumpSink,
): Promise<DumpSummary> {
  const source = await openSource(context);
  const { connection, server, choice, installation } = source;
  await dumpGlobals(source, sink);
  const dumped: DumpedDatabase[] = [];
  for (const [position, database] of choice.names.entries()) {
    dumped.push(
      await dumpDatabase({
        ...{ context, sink, server, installation, database },
        connection: onDatabase(connection, database),
        number: position + 1,
        fingerprint: request.fingerprint,
      }).catch((error: unknown) => {
        throw refusal(error, database);
      }),
    );
  }
  await sink.bytes({ name: 'index', role: 'index' }, indexBytes(server, dumped));
  const closed = choice.closed.map((name) => `${name}: the database allows no connections`);
  return {
    method: 'dump',
    usedParent: false,
    server: { version: server.version, identity: server.identity },
    tool: { name: 'pg_dump', version: installation.version },
    positions: positionsOf(server),
    totals: {
      sourceBytes: sum(dumped.map(({ sizeBytes }) => sizeBytes)),
      ...(request.fingerprint === 'none' ? {} : { rows: sum(dumped.map(({ rows }) => rows)) }),
    },
    partialReasons: [...closed, ...dumped.flatMap(({ partialReasons }) => partialReasons)],
  };
}

const positionsOf = ({ lsn, timeline }: ServerFacts): Record<string, string> => ({
  lsn,
  ...(timeline !== undefined && { timeline }),
});

/** What the server itself refuses names neither the database nor what to do. */
function refusal(error: unknown, database: string): unknown {
  if (!(error instanceof DatabaseError)) return error;
  return new SourceError(`the database ${database} cannot be backed up: ${error.message}`, {
    code: 'SOURCE_REFUSED',
    hint: '`holdfast check` names missing privileges and the SQL that grants them',
    cause: error,
  });
}

interface OpenSource {
  readonly context: PostgresContext;
  /** On a database that accepts connections: for what concerns the server. */
  readonly connection: Connection;
  readonly server: ServerFacts;
  readonly choice: DatabaseChoice;
  readonly installation: Installation;
}

async function openSource(context: PostgresContext): Promise<OpenSource> {
  const base = await sourceConnection(context);
  const options = { side: 'source', signal: context.signal } as const;
  return withServerSession(base, options, async (session, connection) => {
    const server = await readServerFacts(session, connection);
    const choice = await chooseDatabases(session, context.source.databases, base);
    const installation = await installationFor('pg_dump', server.major);
    return { context, connection, server, choice, installation };
  });
}

async function dumpGlobals(source: OpenSource, sink: DumpSink): Promise<void> {
  const { server, connection, installation, context } = source;
  if (!server.readsPasswords) {
    context.log('roles are backed up without passwords: only a superuser can read them', {
      user: server.user,
    });
  }
  const passwords = server.readsPasswords ? [] : ['--no-role-passwords'];
  const args = ['--globals-only', '--quote-all-identifiers', '--no-password', ...passwords];
  const command = tool({ installation, connection, program: 'pg_dumpall', args });
  const database = connection.database === undefined ? [] : ['-l', connection.database];
  await sink.command(
    { name: 'globals', role: 'globals' },
    { ...command, argv: [...command.argv, ...database] },
  );
}

function indexBytes(server: ServerFacts, dumped: readonly DumpedDatabase[]) {
  const globals = server.readsPasswords ? 'passwords' : 'no-passwords';
  return encodeIndex([
    { type: 'server', version: server.version, globals },
    ...dumped.flatMap(({ lines }) => lines),
  ]);
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
