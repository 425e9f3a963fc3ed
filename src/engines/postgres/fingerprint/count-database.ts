/** The fingerprint of a whole database, by several sessions at once. */
import type { Fingerprint } from '../../../core/config/source.ts';
import type { Connection } from '../connection.ts';
import { type SessionOptions, withSession } from '../session.ts';
import { type Countable, type Counted, countTables, pinSettings } from './count-tables.ts';
import { countLargeObjects, type LargeObjects } from './large-objects.ts';

export interface CountRequest<T extends Countable> {
  readonly connection: Connection;
  readonly session: SessionOptions;
  readonly level: Fingerprint;
  readonly tables: readonly T[];
  /** Absent: what is there now. */
  readonly snapshotId?: string;
  onRows?(rows: number): void;
}

export interface DatabaseCounts<T> {
  readonly tables: ReadonlyMap<T, Counted>;
  readonly largeObjects: LargeObjects;
}

/** Checksums keep a processor busy, counts hardly do. */
const sessionsFor = { checksum: 2, rows: 1, none: 0 } as const;

export async function countDatabase<T extends Countable>(
  request: CountRequest<T>,
): Promise<DatabaseCounts<T>> {
  const shares = share(request.tables, sessionsFor[request.level]);
  const [largeObjects, ...counted] = await Promise.all([
    countObjects(request),
    ...shares.map((tables) => countShare(request, tables)),
  ]);
  return { largeObjects, tables: new Map(counted.flat()) };
}

function countShare<T extends Countable>(
  request: CountRequest<T>,
  tables: readonly T[],
): Promise<[T, Counted][]> {
  return withSession(request.connection, request.session, async (session) => {
    await pinSettings(session);
    const counted = await countTables(session, tables, {
      level: request.level === 'checksum' ? 'checksum' : 'rows',
      ...(request.snapshotId === undefined ? {} : { snapshotId: request.snapshotId }),
      onTable: (rows) => request.onRows?.(rows),
    });
    return counted.map((one, position) => [tables[position] as T, one]);
  });
}

function countObjects<T extends Countable>(request: CountRequest<T>): Promise<LargeObjects> {
  return withSession(request.connection, request.session, async (session) => {
    await pinSettings(session);
    await session.query('begin isolation level repeatable read read only');
    if (request.snapshotId !== undefined) {
      await session.query(`set transaction snapshot '${request.snapshotId}'`);
    }
    return countLargeObjects(session, request.level);
  });
}

/** Each share about as many bytes as the others: the biggest table goes to the lightest share. */
function share<T extends Countable>(tables: readonly T[], shares: number): T[][] {
  const result = Array.from({ length: shares }, () => ({ bytes: 0, tables: [] as T[] }));
  for (const table of [...tables].sort((a, b) => b.sizeBytes - a.sizeBytes)) {
    const lightest = result.toSorted((a, b) => a.bytes - b.bytes)[0];
    if (lightest === undefined) return [];
    lightest.bytes += table.sizeBytes + 8192;
    lightest.tables.push(table);
  }
  return result.map((one) => one.tables).filter((one) => one.length > 0);
}
