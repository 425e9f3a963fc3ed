/** The SQL around a part: making room before, counting after. All of it in one transaction. Pure. */
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { TableLine } from '../index-lines.ts';
import { qualified } from '../tables.ts';
import type { TocEntry } from './archive-toc.ts';

/** Told from other failures by the start of its message. */
export const differsMark = 'HOLDFAST_DIFFERS';

const dropOrder = ['VIEW', 'MATERIALIZED VIEW', 'FOREIGN TABLE', 'TABLE', 'SEQUENCE'];

/** Without CASCADE: what depends on a table that is replaced stops the restore. */
export function dropRelations(relations: readonly TocEntry[]): string {
  return dropOrder
    .map((kind) => {
      const names = relations
        .filter((one) => one.kind === kind)
        .map(({ schema, tag }) => qualified({ schema: schema ?? '', name: tag }));
      return names.length === 0 ? '' : `drop ${kind} if exists ${names.join(', ')};\n`;
    })
    .join('');
}

/** TOAST tables and temporary ones come and go with others. */
const notHidden = `c.relpersistence <> 't' and c.relnamespace not in (
  select oid from pg_namespace where nspname ~ '^pg_(toast|temp)')`;

/** Everything outside the schemas that dropping with CASCADE could take along. */
const outsideSql = (schemas: string) => `
  select 'relation ' || c.oid::regclass::text as thing from pg_class c
    where c.relnamespace <> all (${schemas}) and ${notHidden}
  union all select 'column ' || a.attrelid::regclass || '.' || a.attname from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    where c.relnamespace <> all (${schemas}) and ${notHidden} and not a.attisdropped
  union all select 'constraint ' || conname || ' of ' || conrelid::regclass from pg_constraint where connamespace <> all (${schemas})
  union all select 'routine ' || oid::regprocedure from pg_proc where pronamespace <> all (${schemas})
  union all select 'type ' || oid::regtype from pg_type where typnamespace <> all (${schemas})
    and typrelid = 0 and typelem = 0
  union all select 'default of ' || d.adrelid::regclass || ' column ' || d.adnum from pg_attrdef d
    join pg_class c on c.oid = d.adrelid where c.relnamespace <> all (${schemas})
  union all select 'trigger ' || t.tgname || ' of ' || t.tgrelid::regclass from pg_trigger t
    join pg_class c on c.oid = t.tgrelid where not t.tgisinternal and c.relnamespace <> all (${schemas})
  union all select 'policy ' || p.polname || ' of ' || p.polrelid::regclass from pg_policy p
    join pg_class c on c.oid = p.polrelid where c.relnamespace <> all (${schemas})
  union all select 'event trigger ' || evtname from pg_event_trigger
  union all select 'extension ' || extname from pg_extension`;

/** What lies in the schema and is not an extension's. The schema itself stays, and so do its grants. */
const contentsSql = (schemas: string) => `
  select 1 as step, format('drop %s if exists %I.%I cascade', case c.relkind when 'v' then 'view'
      when 'm' then 'materialized view' when 'f' then 'foreign table' when 'S' then 'sequence'
      when 'c' then 'type' else 'table' end, n.nspname, c.relname) as statement
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relnamespace = any (${schemas}) and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c')
      and c.oid not in (select objid from pg_depend where classid = 'pg_class'::regclass and deptype in ('e', 'i') and objsubid = 0)
  union all select 2, format('drop routine if exists %s cascade', p.oid::regprocedure) from pg_proc p
    where p.pronamespace = any (${schemas})
      and p.oid not in (select objid from pg_depend where classid = 'pg_proc'::regclass and deptype in ('e', 'i') and objsubid = 0)
  union all select 3, format('drop type if exists %I.%I cascade', n.nspname, t.typname) from pg_type t
    join pg_namespace n on n.oid = t.typnamespace
    where t.typnamespace = any (${schemas}) and t.typtype in ('e', 'd', 'r', 'b') and t.typelem = 0
      and t.oid not in (select objid from pg_depend where classid = 'pg_type'::regclass and deptype in ('e', 'i') and objsubid = 0)
  union all select 4, format('drop collation if exists %I.%I cascade', n.nspname, c.collname)
    from pg_collation c join pg_namespace n on n.oid = c.collnamespace where c.collnamespace = any (${schemas})
  union all select 5, format('drop operator if exists %s cascade', o.oid::regoperator) from pg_operator o
    where o.oprnamespace = any (${schemas})
      and o.oid not in (select objid from pg_depend where classid = 'pg_operator'::regclass and deptype = 'e')
  union all select 6, format('drop text search configuration if exists %I.%I cascade', n.nspname, c.cfgname)
    from pg_ts_config c join pg_namespace n on n.oid = c.cfgnamespace where c.cfgnamespace = any (${schemas})
  order by 1, 2`;

/** `tag` is random: a dollar quote that no name contains. */
export function emptySchemas(names: readonly string[], tag: string): string {
  if (names.length === 0) return '';
  const list = names.map((name) => escapeLiteral(name)).join(', ');
  const schemas = `array(select oid from pg_namespace where nspname in (${list}))`;
  return `do $${tag}$
declare
  one record;
  before text[];
  gone text[];
begin
  before := array(${outsideSql(schemas)});
  for one in ${contentsSql(schemas)} loop
    execute one.statement;
  end loop;
  gone := array(select unnest(before) except (${outsideSql(schemas)}) limit 5);
  if gone <> '{}' then
    raise exception 'what depends on it from outside would be lost: %', array_to_string(gone, ', ');
  end if;
end $${tag}$;
`;
}

/** Fails the transaction unless the table holds what the backup held. */
export function assertTable(line: TableLine, tag: string): string {
  if (line.rows === null) return '';
  const checksum =
    line.checksum === null
      ? `''`
      : `' ' || coalesce(sum(hashtextextended(((t.*)::text) collate "C", 0)), 0)`;
  const expected = `${line.rows}${line.checksum === null ? '' : ` ${line.checksum}`}`;
  const name = `${line.schema}.${line.name}`;
  return `do $${tag}$
declare seen text;
begin
  select count(*) || ${checksum} into seen from only ${escapeIdentifier(line.schema)}.${escapeIdentifier(line.name)} as t;
  if seen <> ${escapeLiteral(expected)} then
    raise exception '${differsMark} %: expected %, found %', ${escapeLiteral(name)}, ${escapeLiteral(expected)}, seen;
  end if;
end $${tag}$;
`;
}
