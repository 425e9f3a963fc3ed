/** Large objects: how many, and a checksum of what they hold. */
import type { Fingerprint } from '../../../core/config/source.ts';
import type { Session } from '../session.ts';

export interface LargeObjects {
  readonly count: number;
  /** Null where not asked for, or where only a superuser could read it. */
  readonly checksum: string | null;
}

// Pages are compared without trailing zeros and empty ones not at all, because a hole in a sparse
// object comes back as zeros; the length is compared on its own.
const checksumSql = `
  select (coalesce(sum(hashtextextended(page, 0)), 0))::text as checksum from (
    select loid || ':' || pageno || ':' || content as page
    from (select loid::text, pageno::text,
            regexp_replace(encode(data, 'hex'), '(00)+$', '') as content
          from pg_catalog.pg_largeobject) pages
    where content <> ''
    union all
    select loid::text || '=' || max(pageno::bigint * 2048 + length(data))::text
    from pg_catalog.pg_largeobject group by loid) parts`;

/** Run in the transaction whose snapshot is meant. */
export async function countLargeObjects(
  session: Session,
  level: Fingerprint,
): Promise<LargeObjects> {
  const [row] = await session.query<{ count: number; readable: boolean }>(`
    select count(*)::float8 as count,
      has_table_privilege('pg_catalog.pg_largeobject', 'SELECT') as readable
    from pg_catalog.pg_largeobject_metadata`);
  const { count = 0, readable = false } = row ?? {};
  if (level !== 'checksum' || !readable || count === 0) return { count, checksum: null };
  const [content] = await session.query<{ checksum: string }>(checksumSql);
  return { count, checksum: content?.checksum ?? null };
}
