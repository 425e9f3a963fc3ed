/**
 * Counts and checksums of tables. The checksum of a table is the sum of `hashtextextended` over the
 * text of its rows, so that neither the order of rows nor their place on disk matters. What decides
 * how values become text is pinned.
 */
import type { Fingerprint } from '../../../core/config/source.ts';
import type { Session } from '../session.ts';
import { qualified } from '../tables.ts';

export interface Counted {
  readonly rows: number;
  readonly checksum: string | null;
}

export interface Countable {
  readonly schema: string;
  readonly name: string;
  readonly sizeBytes: number;
}

/** Of the session; without the last semicolon. */
export const pinnedSettings = `
  set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres';
  set bytea_output = 'hex'; set extra_float_digits = 3; set lc_monetary = 'C';
  set xmlbinary = 'base64'; set xmloption = 'content'; set search_path = ''; set row_security = off;
  set enable_indexscan = off; set enable_indexonlyscan = off; set enable_bitmapscan = off;
  set jit = off; set max_parallel_workers_per_gather = 0`;

/** The heap is read, not an index: a broken index neither hides nor invents rows. */
export async function pinSettings(session: Session): Promise<void> {
  await session.query(pinnedSettings);
}

// Many small tables go into one query, yet not so many that a failure names nobody or the locks of
// one transaction pile up.
const smallTableBytes = 8 * 1024 * 1024;
const tablesPerQuery = 100;

export interface CountOptions {
  readonly level: Exclude<Fingerprint, 'none'>;
  /** Counts in this snapshot; absent: what is there now. */
  readonly snapshotId?: string;
  onTable?(rows: number): void;
}

/** In the order of `tables`. The session's settings have to be pinned. */
export async function countTables(
  session: Session,
  tables: readonly Countable[],
  options: CountOptions,
): Promise<Counted[]> {
  const results: Counted[] = [];
  for (const batch of batches(tables)) {
    await begin(session, options.snapshotId);
    const rows = await session.query<Counted>(batchSql(batch, options.level));
    await session.query('commit');
    for (const counted of rows) options.onTable?.(counted.rows);
    results.push(...rows);
  }
  return results;
}

async function begin(session: Session, snapshotId: string | undefined): Promise<void> {
  await session.query('begin isolation level repeatable read read only');
  if (snapshotId !== undefined) {
    await session.query(`set transaction snapshot '${snapshotId}'`);
  }
}

function batchSql(tables: readonly Countable[], level: CountOptions['level']): string {
  // `(t.*)` is the row even where the table has a column t.
  const checksum =
    level === 'checksum'
      ? `coalesce(sum(hashtextextended(((t.*)::text) collate "C", 0)), 0)::text`
      : 'null::text';
  const selects = tables.map(
    (table, position) =>
      `select ${position} as position, count(*)::float8 as rows, ${checksum} as checksum from only ${qualified(table)} as t`,
  );
  return `select rows, checksum from (${selects.join(' union all ')}) counted order by position`;
}

function* batches(tables: readonly Countable[]): Generator<Countable[]> {
  let batch: Countable[] = [];
  for (const table of tables) {
    const isBig = table.sizeBytes >= smallTableBytes;
    if (batch.length > 0 && (isBig || batch.length >= tablesPerQuery)) {
      yield batch;
      batch = [];
    }
    batch.push(table);
    if (isBig) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
