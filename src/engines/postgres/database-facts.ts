/** What a database is beside its contents: encoding, locale, owner, settings, extensions. */
import type { DatabaseGrant, DatabaseLine, DatabaseSetting } from './index-lines.ts';
import type { Session } from './session.ts';
import { userRelation } from './tables.ts';

export type DatabaseFacts = Omit<DatabaseLine, 'type' | 'objects' | 'largeObjects' | 'streams'>;

// The row goes through JSON because its columns differ between versions: `datlocprovider` came with
// 15, `daticurules` with 16, and 17 renamed `daticulocale` to `datlocale`.
const databaseSql = `
  select d.datname::text as name, pg_get_userbyid(d.datdba)::text as owner,
    pg_encoding_to_char(d.encoding)::text as encoding, d.datcollate::text as collate,
    d.datctype::text as ctype, d.datconnlimit as "connectionLimit",
    case to_jsonb(d)->>'datlocprovider' when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end as provider,
    coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale') as locale,
    to_jsonb(d)->>'daticurules' as "icuRules",
    shobj_description(d.oid, 'pg_database') as comment, d.datacl is null as "defaultGrants",
    pg_database_size(d.oid)::float8 as "sizeBytes"
  from pg_database d where d.datname = current_database()`;

const grantsSql = `
  select case when a.grantee = 0 then null else pg_get_userbyid(a.grantee)::text end as grantee,
    a.privilege_type as privilege, a.is_grantable as grantable
  from pg_database d, aclexplode(d.datacl) a where d.datname = current_database()
  order by 1 nulls first, 2`;

const settingsSql = `
  select r.rolname::text as role, split_part(c, '=', 1) as name, substr(c, strpos(c, '=') + 1) as value
  from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
    left join pg_roles r on r.oid = s.setrole,
    unnest(s.setconfig) with ordinality u (c, position)
  where d.datname = current_database() order by 1 nulls first, position`;

const extensionsSql = `
  select e.extname::text as name, e.extversion as version, n.nspname::text as schema
  from pg_extension e join pg_namespace n on n.oid = e.extnamespace order by 1`;

const tablespacesSql = `
  select distinct t.spcname::text as name
  from pg_class c join pg_tablespace t on t.oid = c.reltablespace
  where t.spcname <> 'pg_global' order by 1`;

export async function readDatabaseFacts(session: Session): Promise<DatabaseFacts> {
  const [row] = await session.query<DatabaseFacts & { defaultGrants: boolean }>(databaseSql);
  if (row === undefined) throw new Error('the database has no row in pg_database');
  const { defaultGrants, ...database } = row;
  const grants = await session.query<DatabaseGrant>(grantsSql);
  const tablespaces = await session.query<{ name: string }>(tablespacesSql);
  return {
    ...database,
    grants: defaultGrants ? null : grants,
    settings: await session.query<DatabaseSetting>(settingsSql),
    extensions: await session.query<DatabaseLine['extensions'][number]>(extensionsSql),
    tablespaces: tablespaces.map(({ name }) => name),
  };
}

const notOfExtension = (catalog: string) => `not exists (select from pg_depend e
  where e.classid = '${catalog}'::regclass and e.objid = o.oid and e.deptype = 'e')`;
const inUserSchema = (column: string) =>
  `exists (select from pg_namespace n where n.oid = ${column} and n.nspname !~ '^pg_' and n.nspname <> 'information_schema')`;

/**
 * Kinds that are the same number on every version; what an extension brings is not counted. pg_dump
 * leaves out invalid indexes, save those of partitioned tables, whose validity it cannot keep where a
 * foreign table is a partition.
 */
const objectsSql = `
  select kind, count(*)::float8 as count from (
    select case c.relkind when 'v' then 'views' when 'm' then 'materialized views'
      when 'f' then 'foreign tables' when 'p' then 'partitioned tables' when 'c' then 'composite types'
      when 'r' then 'tables' when 'S' then 'sequences' end as kind
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'c', 'S') and ${userRelation}
    union all select 'indexes' from pg_index o join pg_class c on c.oid = o.indrelid
      join pg_namespace n on n.oid = c.relnamespace
      where (c.relkind = 'p' or o.indisvalid and c.relkind in ('r', 'm')) and ${userRelation}
    union all select 'functions' from pg_proc o
      where ${inUserSchema('o.pronamespace')} and ${notOfExtension('pg_proc')}
    union all select 'types' from pg_type o
      where o.typtype in ('e', 'd', 'r') and ${inUserSchema('o.typnamespace')} and ${notOfExtension('pg_type')}
    union all select 'constraints' from pg_constraint o
      where o.contype in ('c', 'f', 'p', 'u', 'x') and ${inUserSchema('o.connamespace')} and ${notOfExtension('pg_constraint')}
    union all select 'triggers' from pg_trigger o join pg_class c on c.oid = o.tgrelid
      join pg_namespace n on n.oid = c.relnamespace
      where not o.tgisinternal and not c.relispartition and ${userRelation}
    union all select 'policies' from pg_policy
    union all select 'event triggers' from pg_event_trigger o where ${notOfExtension('pg_event_trigger')}
    union all select 'publications' from pg_publication
    union all select 'statistics' from pg_statistic_ext
    union all select 'extensions' from pg_extension
  ) all_of group by kind`;

/** How many objects of each kind there are. */
export async function countObjects(session: Session): Promise<Record<string, number>> {
  const rows = await session.query<{ kind: string; count: number }>(objectsSql);
  return Object.fromEntries(rows.map(({ kind, count }) => [kind, count]));
}
