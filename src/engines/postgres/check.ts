/** What a backup needs, asked beforehand: each lack with the SQL or the command that mends it. */
import { escapeIdentifier } from 'pg';
import { HoldfastError } from '../../core/errors.ts';
import type { ProbeFinding } from '../../core/ports/store.ts';
import { type Connection, displayUrl, onDatabase } from './connection.ts';
import { lockCapacity, lockNeed, parallelLockers } from './dump/lock-budget.ts';
import { installationFor } from './installation.ts';
import { type Session, withSession } from './session.ts';
import {
  chooseDatabases,
  type PostgresContext,
  readServerFacts,
  type ServerFacts,
  sourceConnection,
  withServerSession,
} from './source.ts';
import { userRelation } from './tables.ts';

export async function check(context: PostgresContext): Promise<ProbeFinding[]> {
  const findings: ProbeFinding[] = [];
  try {
    const base = await sourceConnection(context);
    const options = { side: 'source', signal: context.signal } as const;
    await withServerSession(base, options, async (session, connection) => {
      const server = await readServerFacts(session, connection);
      findings.push(...serverFindings(server, connection), await clientFinding(server));
      const choice = await chooseDatabases(session, context.source.databases, base);
      for (const name of choice.closed) findings.push(closedFinding(name));
      for (const name of choice.names) {
        findings.push(...(await databaseFindings(onDatabase(connection, name), server, context)));
      }
    });
  } catch (error) {
    findings.push(failureFinding(error));
  }
  return findings;
}

function failureFinding(error: unknown): ProbeFinding {
  if (!(error instanceof HoldfastError)) throw error;
  const { message, hint } = error;
  const fix = hint === undefined ? {} : { fix: hint };
  return { subject: 'connection', level: 'error', detail: message, ...fix };
}

function serverFindings(server: ServerFacts, connection: Connection): ProbeFinding[] {
  const user = escapeIdentifier(server.user);
  const { database: _, ...place } = connection;
  const findings: ProbeFinding[] = [
    {
      subject: 'server',
      level: 'ok',
      detail: `PostgreSQL ${server.version} at ${displayUrl(place)}${server.standby ? ', a standby' : ''}`,
    },
  ];
  if (!server.readsPasswords) {
    findings.push({
      subject: 'roles',
      level: 'warning',
      detail: `${server.user} cannot read pg_authid: roles are backed up without their passwords`,
      fix: `GRANT SELECT ON pg_catalog.pg_authid TO ${user};`,
    });
  }
  if (server.standby) {
    findings.push({
      subject: 'standby',
      level: 'warning',
      detail: 'long queries on a standby may be cancelled by replay',
      fix: 'ALTER SYSTEM SET max_standby_streaming_delay = -1; or hot_standby_feedback = on',
    });
  }
  return findings;
}

async function clientFinding({ major }: ServerFacts): Promise<ProbeFinding> {
  const { bin, version } = await installationFor('pg_dump', major);
  return { subject: 'client', level: 'ok', detail: `pg_dump ${version} in ${bin}` };
}

const closedFinding = (name: string): ProbeFinding => ({
  subject: `database ${name}`,
  level: 'warning',
  detail: 'it allows no connections and cannot be backed up',
  fix: `ALTER DATABASE ${escapeIdentifier(name)} ALLOW_CONNECTIONS true; or list databases: without it`,
});

async function databaseFindings(
  connection: Connection,
  server: ServerFacts,
  { signal }: PostgresContext,
): Promise<ProbeFinding[]> {
  const subject = `database ${connection.database}`;
  try {
    return await withSession(connection, { side: 'source', signal }, async (session) => {
      const need = await lockNeed(session);
      parallelLockers(need, await lockCapacity(session));
      const lacks = [
        ...(await unreadable(session, server, subject)),
        ...(await hiddenRows(session, server, subject)),
        ...(await unreadableLargeObjects(session, server, subject)),
      ];
      const good: ProbeFinding = { subject, level: 'ok', detail: `${need.tables} tables` };
      return lacks.length > 0 ? lacks : [good];
    });
  } catch (error) {
    return [{ ...failureFinding(error), subject }];
  }
}

async function unreadable(
  session: Session,
  server: ServerFacts,
  subject: string,
): Promise<ProbeFinding[]> {
  const relations = await session.query<{ name: string; schema: string; kind: string }>(`
    select n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'S') and ${userRelation}
      and not (has_schema_privilege(n.oid, 'USAGE') and case c.relkind
        when 'S' then has_sequence_privilege(c.oid, 'SELECT') else has_table_privilege(c.oid, 'SELECT') end)
    order by c.oid`);
  if (relations.length === 0) return [];
  const named = relations.slice(0, 5).map(({ schema, name }) => `${schema}.${name}`);
  const more =
    relations.length > named.length ? ` and ${relations.length - named.length} more` : '';
  return [
    {
      subject,
      level: 'error',
      detail: `${server.user} may not read ${named.join(', ')}${more}`,
      fix: readGrants(relations, server),
    },
  ];
}

function readGrants(
  relations: readonly { schema: string }[],
  { major, user }: ServerFacts,
): string {
  const role = escapeIdentifier(user);
  // pg_read_all_data came with version 14.
  if (major >= 14) return `GRANT pg_read_all_data TO ${role};`;
  return [...new Set(relations.map(({ schema }) => escapeIdentifier(schema)))]
    .map(
      (schema) =>
        `GRANT USAGE ON SCHEMA ${schema} TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${role}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role};`,
    )
    .join(' ');
}

/** pg_dump refuses a table of which a policy would hide rows. */
async function hiddenRows(
  session: Session,
  server: ServerFacts,
  subject: string,
): Promise<ProbeFinding[]> {
  const tables = await session.query<{ name: string }>(`
    select n.nspname || '.' || c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where ${userRelation} and pg_catalog.row_security_active(c.oid) order by c.oid`);
  if (tables.length === 0) return [];
  const names = tables.map(({ name }) => name).join(', ');
  return [
    {
      subject,
      level: 'error',
      detail: `policies hide rows from ${server.user}: ${names}`,
      fix: `ALTER ROLE ${escapeIdentifier(server.user)} BYPASSRLS;`,
    },
  ];
}

async function unreadableLargeObjects(
  session: Session,
  server: ServerFacts,
  subject: string,
): Promise<ProbeFinding[]> {
  if (server.superuser) return [];
  const [row] = await session.query<{ count: number; example: string }>(`
    select count(*)::int as count, min(m.oid)::text as example from pg_largeobject_metadata m
    where not pg_has_role(m.lomowner, 'USAGE') and not exists (
      select from aclexplode(m.lomacl) a where a.privilege_type = 'SELECT'
        and (a.grantee = 0 or pg_has_role(a.grantee, 'USAGE')))`);
  if (row === undefined || row.count === 0) return [];
  return [
    {
      subject,
      level: 'error',
      detail: `${server.user} may not read ${row.count} large objects, such as ${row.example}`,
      fix: `GRANT SELECT ON LARGE OBJECT ${row.example} TO ${escapeIdentifier(server.user)}; or back up as a superuser`,
    },
  ];
}
