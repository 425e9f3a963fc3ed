/** Positions of sequences: they obey no snapshot, so a dump notes them before and after. */
import type { Session } from '../session.ts';
import { qualified, userRelation } from '../tables.ts';

export interface SequencePosition extends SequenceName {
  /** The last value given out, `0.5` less while it has not been given out. */
  readonly position: string;
}

const perQuery = 200;

const listSql = `
  select n.nspname::text as schema, c.relname::text as name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'S' and ${userRelation} order by c.oid`;

export interface SequenceName {
  readonly schema: string;
  readonly name: string;
}

export function listSequences(session: Session): Promise<SequenceName[]> {
  return session.query<SequenceName>(listSql);
}

/** Outside a transaction: reading a sequence locks it to the transaction's end. */
export async function readPositions(
  session: Session,
  names: readonly SequenceName[],
): Promise<SequencePosition[]> {
  const found: SequencePosition[] = [];
  for (let start = 0; start < names.length; start += perQuery) {
    const batch = names.slice(start, start + perQuery);
    const selects = batch.map(
      (name, place) =>
        `select ${place} as place, last_value - case when is_called then 0 else 0.5 end as position from ${qualified(name)}`,
    );
    const rows = await session.query<{ position: string }>(
      `select position::text from (${selects.join(' union all ')}) all_of order by place`,
    );
    found.push(...batch.map((name, place) => ({ ...name, position: rows[place]?.position ?? '' })));
  }
  return found;
}

/** Whether a restored position lies where the dump can have seen it. */
export function isWithin(
  position: string,
  { before, after }: { before: string; after: string },
): boolean {
  if (position === before || position === after) return true;
  const [low = 0, high = 0] = [Number(before), Number(after)].sort((a, b) => a - b);
  return Number(position) >= low && Number(position) <= high;
}
