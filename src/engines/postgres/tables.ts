/** The tables of one database, as the catalogs know them. */
import { escapeIdentifier } from 'pg';
import type { Session } from './session.ts';

export interface Table {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** A partitioned table holds no rows itself; its leaves do. */
  readonly partitioned: boolean;
  /** Partitioned by hash: which leaf a row belongs to is this server's own business. */
  readonly hashed: boolean;
  readonly unlogged: boolean;
  /** Oid of the partitioned table that it is a part of. */
  readonly parent: string | null;
}

export interface SizedTable extends Table {
  /** With TOAST, without indexes. */
  readonly sizeBytes: number;
}

export const qualified = ({ schema, name }: { schema: string; name: string }) =>
  `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;

/** Not temporary, not the system's, and not an extension's own: those come back with the extension. */
export const userRelation = `
  c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')`;

const listTablesSql = (size: string) => `
  select c.oid::text, n.nspname::text as schema, c.relname::text as name,
    c.relkind = 'p' as partitioned, exists (select from pg_catalog.pg_partitioned_table p
      where p.partrelid = c.oid and p.partstrat = 'h') as hashed, c.relpersistence = 'u' as unlogged,
    (select i.inhparent::text from pg_catalog.pg_inherits i
      where i.inhrelid = c.oid and c.relispartition) as parent ${size}
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and ${userRelation} order by c.oid`;

/** In the order of their oids: every client that locks them so cannot deadlock with another. */
export function listTables(session: Session): Promise<Table[]> {
  return session.query<Table>(listTablesSql(''));
}

export function listSizedTables(session: Session): Promise<SizedTable[]> {
  return session.query<SizedTable>(
    listTablesSql(', coalesce(pg_catalog.pg_table_size(c.oid), 0)::float8 as "sizeBytes"'),
  );
}
