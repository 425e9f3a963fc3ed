/** Databases on the target: looked at, created beside, renamed, swapped, dropped. */
import { randomBytes } from 'node:crypto';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { TargetError } from '../../../core/errors.ts';
import type { Connection } from '../connection.ts';
import { onDatabase } from '../connection.ts';
import { countObjects } from '../database-facts.ts';
import type { DatabaseLine } from '../index-lines.ts';
import { type Session, withSession } from '../session.ts';
import { commentStatement } from './database-settings.ts';
import type { TargetState } from './selection.ts';

export const sidePrefix = 'holdfast_restore_';
export const replacedPrefix = 'holdfast_replaced_';
const sideComment = 'Holdfast: an unfinished restore';

const rightsSql = `
  select r.rolsuper or r.rolcreatedb as "mayCreate",
    (select r.rolsuper or (r.rolcreatedb and pg_has_role(d.datdba, 'USAGE'))
      from pg_database d where d.datname = $1) as "mayReplace"
  from pg_roles r where r.rolname = current_user`;

/** `server` is a session on another database. */
export async function inspectDatabase(
  server: Session,
  connection: Connection,
  name: string,
): Promise<TargetState> {
  const [rights] = await server.query<{ mayCreate: boolean; mayReplace: boolean | null }>(
    rightsSql,
    [name],
  );
  const { mayCreate = false, mayReplace = null } = rights ?? {};
  if (mayReplace === null) return { state: 'absent', mayCreate, mayReplace: false };
  const state = await withSession(onDatabase(connection, name), { side: 'target' }, contentState);
  return { state, mayCreate, mayReplace };
}

/** Extensions alone leave a database empty. */
async function contentState(session: Session): Promise<'empty' | 'occupied'> {
  const { extensions: _, ...objects } = await countObjects(session);
  const [other] = await session.query<{ found: boolean }>(`
    select exists (select from pg_largeobject_metadata) or exists (
      select from pg_namespace n where n.nspname !~ '^pg_'
        and n.nspname not in ('public', 'information_schema')
        and not exists (select from pg_depend d where d.classid = 'pg_namespace'::regclass
          and d.objid = n.oid and d.deptype = 'e')) as found`);
  return Object.keys(objects).length === 0 && other?.found === false ? 'empty' : 'occupied';
}

const providers: Readonly<Record<string, (line: DatabaseLine) => string>> = {
  libc: () => '',
  icu: ({ locale, icuRules }) =>
    ` locale_provider icu icu_locale ${escapeLiteral(locale ?? 'und')}${icuRules === null ? '' : ` icu_rules ${escapeLiteral(icuRules)}`}`,
  builtin: ({ locale }) =>
    ` locale_provider builtin builtin_locale ${escapeLiteral(locale ?? 'C')}`,
};

/** From template0, with the source's encoding, locale and provider. Throws TargetError CREATE_FAILED. */
export async function createSideDatabase(server: Session, line: DatabaseLine): Promise<string> {
  const name = sidePrefix + randomBytes(4).toString('hex');
  const { encoding, collate, ctype } = line;
  const provider = providers[line.provider]?.(line) ?? '';
  try {
    await server.query(
      `create database ${escapeIdentifier(name)} template template0 encoding ${escapeLiteral(encoding)} lc_collate ${escapeLiteral(collate)} lc_ctype ${escapeLiteral(ctype)}${provider}`,
    );
  } catch (cause) {
    throw new TargetError(`a database like ${line.name} cannot be created: ${messageOf(cause)}`, {
      code: 'CREATE_FAILED',
      hint: `the target's system needs the locale ${collate}: localedef or the package locales-all makes it; then restart the server`,
      cause,
    });
  }
  const [self] = await server.query<{ pid: number }>('select pg_backend_pid() as pid');
  await server.query(
    `comment on database ${escapeIdentifier(name)} is '${sideComment}, by session ${self?.pid}'`,
  );
  return name;
}

export async function dropDatabase(server: Session, name: string): Promise<void> {
  await endSessions(server, name);
  await server.query(`drop database if exists ${escapeIdentifier(name)}`);
}

/** What killed restores left: made by us, unfinished, nobody in it, and whose session made it is gone. */
export async function dropAbandoned(server: Session): Promise<string[]> {
  const found = await server.query<{ name: string }>(
    `select d.datname::text as name from pg_database d
     where starts_with(d.datname::text, $1) and starts_with(shobj_description(d.oid, 'pg_database'), $2)
       and not exists (select from pg_stat_activity a where a.datid = d.oid
         or shobj_description(d.oid, 'pg_database') like '% ' || a.pid)`,
    [sidePrefix, sideComment],
  );
  for (const { name } of found) {
    await server.query(`drop database if exists ${escapeIdentifier(name)}`).catch(() => undefined);
  }
  return found.map(({ name }) => name);
}

export interface Promotion {
  readonly side: string;
  readonly name: string;
  /** There is a database of that name: it makes room. */
  readonly replaces: boolean;
  readonly comment: string | null;
}

/**
 * Gives the side database its name. Both renames are one transaction: at no moment, not even when
 * this process is killed, is there no database of that name. Returns what the old one is called now.
 * Throws TargetError SWAP_FAILED; then everything is called as before.
 */
export async function promote(
  server: Session,
  ender: Session,
  { side, name, replaces, comment }: Promotion,
): Promise<string | undefined> {
  const old = replacedPrefix + side.slice(sidePrefix.length);
  // A session that comes back at once cannot get in: the first rename has the database locked.
  const timer = setInterval(() => void endSessions(ender, name).catch(() => undefined), 100);
  try {
    await endSessions(ender, side);
    if (replaces) await endSessions(ender, name);
    await server.query('begin');
    if (replaces) await rename(server, name, old);
    await rename(server, side, name);
    await server.query(commentStatement(name, comment));
    await server.query('commit');
    return replaces ? old : undefined;
  } catch (cause) {
    await server.query('rollback').catch(() => undefined);
    throw new TargetError(`${name} cannot be given to what was restored: ${messageOf(cause)}`, {
      code: 'SWAP_FAILED',
      hint: 'end the sessions and prepared transactions that use the database, then restore again; nothing was changed',
      cause,
    });
  } finally {
    clearInterval(timer);
  }
}

async function rename(server: Session, from: string, to: string): Promise<void> {
  await server.query(`alter database ${escapeIdentifier(from)} rename to ${escapeIdentifier(to)}`);
}

async function endSessions(server: Session, name: string): Promise<void> {
  await server.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
    [name],
  );
}

const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));
