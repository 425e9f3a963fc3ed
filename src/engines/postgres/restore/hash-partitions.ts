/**
 * Rows under a table that is partitioned by hash may lie in other leaves after a restore: the hash of
 * an enum comes from its oids, that of other types from the platform, and pg_restore therefore lets
 * the server route them. What has to be equal is the sum over all leaves.
 */
import type { Counted } from '../fingerprint/count-tables.ts';
import type { TableLine } from '../index-lines.ts';
import type { Table } from '../tables.ts';

export interface Restored {
  /** Partitioned tables too. */
  readonly all: readonly Table[];
  readonly counts: ReadonlyMap<Table, Counted>;
}

/** The lines that are still to be compared one by one: all but the leaves whose sums are equal. */
export function withoutMoved(expected: readonly TableLine[], restored: Restored): TableLine[] {
  const lines = new Map(expected.map((line) => [keyOf(line), line]));
  const moved = new Set<TableLine>();
  for (const leaves of leavesByRoot(restored).values()) {
    const wanted = leaves.flatMap((leaf) => lines.get(keyOf(leaf)) ?? []);
    const found = leaves.flatMap((leaf) => restored.counts.get(leaf) ?? []);
    if (wanted.length !== leaves.length || found.length !== leaves.length) continue;
    if (isSameSum(wanted, found)) for (const line of wanted) moved.add(line);
  }
  return expected.filter((line) => !moved.has(line));
}

const keyOf = ({ schema, name }: { schema: string; name: string }) =>
  JSON.stringify([schema, name]);

function leavesByRoot({ all }: Restored): Map<Table, Table[]> {
  const byOid = new Map(all.map((table) => [table.oid, table]));
  const roots = new Map<Table, Table[]>();
  for (const leaf of all.filter(({ partitioned }) => !partitioned)) {
    const root = hashedRoot(leaf, byOid);
    if (root !== undefined) roots.set(root, [...(roots.get(root) ?? []), leaf]);
  }
  return roots;
}

/** The topmost table above that is partitioned by hash. */
function hashedRoot(leaf: Table, byOid: ReadonlyMap<string, Table>): Table | undefined {
  let root: Table | undefined;
  let table: Table | undefined = leaf;
  while (table !== undefined) {
    if (table.hashed) root = table;
    table = table.parent === null ? undefined : byOid.get(table.parent);
  }
  return root;
}

interface Sum {
  readonly rows: number | null;
  readonly checksum: string | null;
}

function isSameSum(wanted: readonly Sum[], found: readonly Sum[]): boolean {
  const rows = (all: readonly Sum[]) => all.reduce((sum, one) => sum + (one.rows ?? 0), 0);
  const checksums = (all: readonly Sum[]) =>
    all.reduce((sum, one) => sum + BigInt(one.checksum ?? 0), 0n);
  if (rows(wanted) !== rows(found)) return false;
  const counted = wanted.some(({ checksum }) => checksum === null);
  return counted || checksums(wanted) === checksums(found);
}
