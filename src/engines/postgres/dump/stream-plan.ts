/** Which table's rows go into which stream of a set. Pure. */
import { escapeIdentifier } from 'pg';
import { SourceError } from '../../../core/errors.ts';
import { parseTablePattern } from '../patterns.ts';
import { qualified, type SizedTable, type Table } from '../tables.ts';

/** From this size on a table gets a stream, hence a process, of its own. */
export const bigTableBytes = 32 * 1024 * 1024;
/** Every stream reads the whole catalog first, so their number is bounded. */
const mostBigTables = 64;

export interface StreamPlan {
  /** Biggest first. */
  readonly big: readonly SizedTable[];
  /** Rows are dumped, all in one stream. */
  readonly rest: readonly SizedTable[];
  /** Definition only. */
  readonly withoutRows: readonly SizedTable[];
}

export interface PlanOptions {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Rows of unlogged tables cannot be read on a standby. */
  readonly standby: boolean;
  /** `UTF8`, `LATIN1`…: outside UTF8, names beyond ASCII cannot be given to pg_dump. */
  readonly encoding: string;
}

export function planStreams(tables: readonly SizedTable[], options: PlanOptions): StreamPlan {
  const dropped = excluded(tables, options);
  const withRows = tables.filter((table) => !dropped.has(table.oid) && !table.partitioned);
  const big = withRows
    .filter((table) => table.sizeBytes >= bigTableBytes && isNameable(table, options.encoding))
    .sort((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, mostBigTables);
  const own = new Set(big.map((table) => table.oid));
  return {
    big,
    rest: withRows.filter((table) => !own.has(table.oid)),
    withoutRows: tables.filter((table) => dropped.has(table.oid) && !table.partitioned),
  };
}

/** A partition follows the partitioned table: excluding the parent excludes the rows below it. */
function excluded(tables: readonly SizedTable[], options: PlanOptions): Set<string> {
  const include = options.include.map(parseTablePattern);
  const exclude = options.exclude.map(parseTablePattern);
  const byOid = new Map(tables.map((table) => [table.oid, table]));
  const family = (table: Table): Table[] => {
    const parent = table.parent === null ? undefined : byOid.get(table.parent);
    return parent === undefined ? [table] : [table, ...family(parent)];
  };
  const isExcluded = (table: SizedTable) => {
    const names = family(table);
    const named = (patterns: typeof include) =>
      names.some(({ schema, name }) => patterns.some((one) => one.matches(schema, name)));
    return (
      (options.standby && table.unlogged) ||
      (include.length > 0 && !named(include)) ||
      named(exclude)
    );
  };
  return new Set(tables.filter(isExcluded).map((table) => table.oid));
}

function isNameable({ schema, name }: Table, encoding: string): boolean {
  return encoding === 'UTF8' || isAscii(schema + name);
}

const isAscii = (text: string) => [...text].every((char) => char.charCodeAt(0) < 128);

/** A pattern of psql that names exactly this table. */
export const exactPattern = (table: Table) => qualified(table);

// One argument of a program may have 128 KiB on Linux (MAX_ARG_STRLEN).
const longestPattern = 100_000;

/**
 * Patterns for just these tables, one per schema and 100 kB: pg_dump runs a query for each, and
 * thousands of them would take minutes. Alternation works because everything but names in quotes is a
 * regular expression there (psql, "Patterns").
 * Throws SourceError NAME_UNSUPPORTED.
 */
export function groupedPatterns(tables: readonly Table[], encoding: string): string[] {
  const unnameable = tables.find((table) => !isNameable(table, encoding));
  if (unnameable !== undefined) {
    throw new SourceError(
      `the rows of ${qualified(unnameable)} cannot be left out: its name is not ASCII in a database of encoding ${encoding}`,
      { code: 'NAME_UNSUPPORTED', hint: 'take the table out of exclude: or rename it' },
    );
  }
  const bySchema = Map.groupBy(tables, ({ schema }) => schema);
  return [...bySchema].flatMap(([schema, members]) =>
    chunks(members.map(({ name }) => escapeIdentifier(name))).map(
      (names) => `${escapeIdentifier(schema)}.(${names})`,
    ),
  );
}

function chunks(names: readonly string[]): string[] {
  const joined: string[] = [];
  for (const name of names) {
    const last = joined.at(-1);
    if (last !== undefined && last.length + name.length < longestPattern) {
      joined[joined.length - 1] = `${last}|${name}`;
    } else joined.push(name);
  }
  return joined;
}
