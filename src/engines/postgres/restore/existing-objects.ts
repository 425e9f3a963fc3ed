/** What a target database has, in the words of an archive's table of contents. */
import type { Session } from '../session.ts';
import type { TocEntry } from './archive-toc.ts';

const objectsSql = `
  select 'schema' as kind, null as schema, nspname::text as tag from pg_namespace
  union all select 'extension', null, extname from pg_extension
  union all select 'relation', n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  union all select 'type', n.nspname, t.typname from pg_type t join pg_namespace n on n.oid = t.typnamespace
  union all select 'routine', n.nspname, p.proname || '(' || array_to_string(array(
      select format_type(a, null) from unnest(p.proargtypes) with ordinality x (a, i) order by i), ', ') || ')'
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace`;

const kinds: Readonly<Record<string, string>> = {
  SCHEMA: 'schema',
  EXTENSION: 'extension',
  TABLE: 'relation',
  'FOREIGN TABLE': 'relation',
  VIEW: 'relation',
  'MATERIALIZED VIEW': 'relation',
  SEQUENCE: 'relation',
  INDEX: 'relation',
  TYPE: 'type',
  DOMAIN: 'type',
  'SHELL TYPE': 'type',
  FUNCTION: 'routine',
  PROCEDURE: 'routine',
  AGGREGATE: 'routine',
};

/**
 * Kinds beyond this list (operators, casts, foreign servers…) count as there in a database that was
 * not made for this restore: if one is not, the transaction fails and nothing has happened.
 */
export async function existingObjects(
  session: Session,
  { fresh }: { readonly fresh: boolean },
): Promise<(entry: TocEntry) => boolean> {
  await session.query(`set search_path = ''`);
  const rows = await session.query<{ kind: string; schema: string | null; tag: string }>(
    objectsSql,
  );
  const known = new Set(rows.map(({ kind, schema, tag }) => JSON.stringify([kind, schema, tag])));
  return ({ kind, schema, tag }) => {
    const name = kinds[kind];
    return name === undefined ? !fresh : known.has(JSON.stringify([name, schema, tag]));
  };
}
