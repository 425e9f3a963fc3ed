/** Roles that the target lacks, made from the set's globals. Roles that exist are left alone. */
import { escapeIdentifier } from 'pg';
import type { Session } from '../session.ts';
import { splitStatements } from './sql-statements.ts';

export interface RoleScript {
  readonly role: string;
  readonly statements: readonly string[];
}

const quoted = '("(?:[^"]|"")*")';
const aboutRole = new RegExp(`^(?:CREATE ROLE|ALTER ROLE|COMMENT ON ROLE) ${quoted}`, 'u');
// GRANT "group" TO "member" …: belongs to the member.
const membership = new RegExp(`^GRANT ${quoted} TO ${quoted}`, 'u');
const grantedBy = new RegExp(` GRANTED BY ${quoted}$`, 'u');

/** In the order of the script: all roles first, then what refers to several of them. */
export function roleScripts(globals: string): RoleScript[] {
  const byRole = new Map<string, string[]>();
  for (const statement of splitStatements(globals)) {
    const name = aboutRole.exec(statement)?.[1] ?? membership.exec(statement)?.[2];
    if (name === undefined) continue;
    const role = name.slice(1, -1).replaceAll('""', '"');
    byRole.set(role, [...(byRole.get(role) ?? []), statement]);
  }
  return [...byRole].map(([role, statements]) => ({ role, statements }));
}

export interface RoleRights {
  readonly superuser: boolean;
  readonly major: number;
}

/** All or none. */
export async function createRoles(
  session: Session,
  scripts: readonly RoleScript[],
  rights: RoleRights,
): Promise<void> {
  const statements = scripts.flatMap((script) => script.statements);
  const isFirst = (statement: string) => statement.startsWith('CREATE ROLE');
  await session.query('begin');
  try {
    for (const statement of [
      ...statements.filter(isFirst),
      ...statements.filter((one) => !isFirst(one)),
    ]) {
      await session.query(adapted(statement, rights));
    }
    await session.query('commit');
  } catch (error) {
    await session.query('rollback');
    throw error;
  }
}

/** Takes back `createRoles` after a restore that failed; a role that owns something stays. */
export async function dropRoles(session: Session, scripts: readonly RoleScript[]): Promise<void> {
  for (const { role } of scripts) {
    await session.query(`drop role if exists ${escapeIdentifier(role)}`).catch(() => undefined);
  }
}

function adapted(statement: string, { superuser, major }: RoleRights): string {
  // From 16 on a grantor needs ADMIN OPTION, which a grantor of an older server may lack.
  if (membership.test(statement)) return major >= 16 ? statement.replace(grantedBy, '') : statement;
  if (superuser || !statement.startsWith('ALTER ROLE')) return statement;
  const password = statement.indexOf(' PASSWORD ');
  const end = password === -1 ? statement.length : password;
  // Only a superuser may so much as mention these.
  const attributes = statement
    .slice(0, end)
    .replace(/ (?:NO)?(?:SUPERUSER|REPLICATION|BYPASSRLS)\b/g, '');
  return attributes + statement.slice(end);
}
