/** Owner, grants and settings of a database: pg_restore by sections replays none of them. Pure. */
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { DatabaseGrant, DatabaseLine, DatabaseSetting } from '../index-lines.ts';

// GUC_LIST_QUOTE in PostgreSQL's source: their stored value is a list of quoted names already.
const listSettings = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/** Statements that make the database `name` what the source's was. */
export function settingStatements(line: DatabaseLine, name: string): string[] {
  const database = escapeIdentifier(name);
  return [
    `alter database ${database} owner to ${escapeIdentifier(line.owner)}`,
    ...(line.connectionLimit === -1
      ? []
      : [`alter database ${database} connection limit ${line.connectionLimit}`]),
    ...grantStatements(line.grants, database),
    ...line.settings.map((setting) => settingStatement(setting, database)),
  ];
}

export function commentStatement(name: string, comment: string | null): string {
  const text = comment === null ? 'null' : escapeLiteral(comment);
  return `comment on database ${escapeIdentifier(name)} is ${text}`;
}

function grantStatements(grants: readonly DatabaseGrant[] | null, database: string): string[] {
  if (grants === null) return [];
  const given = grants.map(({ grantee, privilege, grantable }) => {
    const to = grantee === null ? 'public' : escapeIdentifier(grantee);
    return `grant ${privilege} on database ${database} to ${to}${grantable ? ' with grant option' : ''}`;
  });
  return [`revoke all on database ${database} from public`, ...given];
}

function settingStatement({ role, name, value }: DatabaseSetting, database: string): string {
  const subject =
    role === null
      ? `alter database ${database}`
      : `alter role ${escapeIdentifier(role)} in database ${database}`;
  return `${subject} set ${escapeIdentifier(name)} to ${settingValue(name, value)}`;
}

function settingValue(name: string, value: string): string {
  if (!listSettings.has(name.toLowerCase())) return escapeLiteral(value);
  const names = [...value.matchAll(/"((?:[^"]|"")*)"|[^\s,]+/gu)].map(([all, quoted]) =>
    escapeLiteral(quoted === undefined ? all : quoted.replaceAll('""', '"')),
  );
  return names.length === 0 ? "''" : names.join(', ');
}
