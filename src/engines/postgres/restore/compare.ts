/** What was restored against the index of the set. */
import type { Fingerprint } from '../../../core/config/source.ts';
import { ComparisonError } from '../../../core/errors.ts';
import type { ComparedUnit, Comparison } from '../../../core/ports/engine.ts';
import { type Connection, displayUrl } from '../connection.ts';
import { countObjects } from '../database-facts.ts';
import { countDatabase, type DatabaseCounts } from '../fingerprint/count-database.ts';
import type { LargeObjects } from '../fingerprint/large-objects.ts';
import { isWithin, listSequences, readPositions } from '../fingerprint/sequences.ts';
import type { DatabaseLine, SequenceLine, TableLine } from '../index-lines.ts';
import { type Session, withSession } from '../session.ts';
import { listSizedTables, type SizedTable } from '../tables.ts';
import { withoutMoved } from './hash-partitions.ts';

export interface CompareRequest {
  readonly connection: Connection;
  readonly level: Fingerprint;
  readonly database: string;
  /** Absent where only a part was restored: then other tables may be there too. */
  readonly whole?: DatabaseLine;
  readonly tables: readonly TableLine[];
  readonly sequences: readonly SequenceLine[];
  readonly signal: AbortSignal;
}

const mostDifferences = 100;

export async function compareDatabase(request: CompareRequest): Promise<Comparison> {
  const { connection, level, tables, signal } = request;
  if (level === 'none') return { level, units: 0, differences: [] };
  const expected = tables.filter(({ rows }) => rows !== null);
  const wanted = new Set(expected.map(keyOf));
  return withSession(connection, { side: 'target', signal }, async (session) => {
    const all = await listSizedTables(session);
    const present = all.filter(({ partitioned }) => !partitioned);
    const counts = await countDatabase({
      ...{ connection, level, session: { side: 'target', signal } as const },
      tables: present.filter((table) => wanted.has(keyOf(table))),
    });
    const differences = [
      ...tableDifferences(request, withoutMoved(expected, { all, counts: counts.tables }), counts),
      ...unexpectedTables(request, present),
      ...(await sequenceDifferences(request, session)),
      ...(await wholeDifferences(request, session, counts.largeObjects)),
    ];
    const rows = [...counts.tables.values()].reduce((sum, counted) => sum + counted.rows, 0);
    return { level, units: expected.length, rows, differences };
  });
}

/** One comparison of several databases. */
export function mergeComparisons(level: Fingerprint, all: readonly Comparison[]): Comparison {
  return {
    level,
    units: all.reduce((sum, { units }) => sum + units, 0),
    ...(level === 'none' ? {} : { rows: all.reduce((sum, { rows = 0 }) => sum + rows, 0) }),
    differences: all.flatMap(({ differences }) => differences).slice(0, mostDifferences),
  };
}

/** Throws ComparisonError RESTORE_DIFFERS naming the first differences. */
export function assertEqual({ differences }: Comparison, connection: Connection): void {
  if (differences.length === 0) return;
  const seen = differences
    .slice(0, 5)
    .map(({ name, expected, found }) => `${name}: expected ${expected}, found ${found}`);
  const more = differences.length > 5 ? `; ${differences.length - 5} more` : '';
  throw new ComparisonError(
    `what was restored to ${displayUrl(connection)} differs from the backup: ${seen.join('; ')}${more}`,
    {
      code: 'RESTORE_DIFFERS',
      hint: 'the target was left as it was; `holdfast verify --level read` tells whether the set is whole',
    },
  );
}

const keyOf = ({ schema, name }: { schema: string; name: string }) =>
  JSON.stringify([schema, name]);

function* tableDifferences(
  { database }: CompareRequest,
  expected: readonly TableLine[],
  counts: DatabaseCounts<SizedTable>,
): Generator<ComparedUnit> {
  const found = new Map([...counts.tables].map(([table, counted]) => [keyOf(table), counted]));
  for (const line of expected) {
    const counted = found.get(keyOf(line));
    const wanted = described(line);
    const seen = counted === undefined ? 'missing' : described({ ...counted, wanted: line });
    if (seen !== wanted) {
      yield { name: `${database}.${line.schema}.${line.name}`, expected: wanted, found: seen };
    }
  }
}

function described(counted: {
  rows: number | null;
  checksum: string | null;
  wanted?: { checksum: string | null };
}): string {
  const checksum = counted.wanted?.checksum === null ? null : counted.checksum;
  return `${counted.rows} rows${checksum === null ? '' : `, checksum ${checksum}`}`;
}

function unexpectedTables(
  { whole, tables, database }: CompareRequest,
  present: readonly SizedTable[],
): ComparedUnit[] {
  if (whole === undefined) return [];
  const known = new Set(tables.map(keyOf));
  return present
    .filter((table) => !known.has(keyOf(table)))
    .map(({ schema, name }) => ({
      name: `${database}.${schema}.${name}`,
      expected: 'absent',
      found: 'a table',
    }));
}

async function sequenceDifferences(
  { sequences, database }: CompareRequest,
  session: Session,
): Promise<ComparedUnit[]> {
  const positions = await readPositions(session, await listSequences(session));
  const found = new Map(positions.map((one) => [keyOf(one), one.position]));
  return sequences.flatMap((line) => {
    const position = found.get(keyOf(line));
    if (position !== undefined && isWithin(position, line)) return [];
    return {
      name: `${database}.${line.schema}.${line.name}`,
      expected: `position ${line.before} to ${line.after}`,
      found: position === undefined ? 'missing' : `position ${position}`,
    };
  });
}

async function wholeDifferences(
  { whole, database }: CompareRequest,
  session: Session,
  largeObjects: LargeObjects,
): Promise<ComparedUnit[]> {
  if (whole === undefined) return [];
  const objects = await countObjects(session);
  const kinds = new Set([...Object.keys(whole.objects), ...Object.keys(objects)]);
  const counts = [...kinds].map((kind) => ({
    name: `${database}: ${kind}`,
    expected: String(whole.objects[kind] ?? 0),
    found: String(objects[kind] ?? 0),
  }));
  const expected = described({ ...whole.largeObjects, rows: whole.largeObjects.count });
  const found = described({
    rows: largeObjects.count,
    checksum: largeObjects.checksum,
    wanted: whole.largeObjects,
  });
  return [...counts, { name: `${database}: large objects`, expected, found }].filter(
    (unit) => unit.expected !== unit.found,
  );
}
