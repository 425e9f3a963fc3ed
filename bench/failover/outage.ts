/** What a client saw: the longest time without an accepted write, and what it was told that is not there. */
import type { Acknowledged } from '../../test/failover/writing.ts';

export interface Seen {
  readonly outageMilliseconds: number;
  readonly lost: number;
}

export function outageOf(all: readonly Acknowledged[], present: ReadonlySet<number>): Seen {
  const inOrder = [...all].sort((one, two) => one.ended - two.ended);
  const gaps = inOrder.map(({ ended }, n) => ended - (inOrder[n - 1]?.ended ?? ended));
  return {
    outageMilliseconds: Math.max(0, ...gaps),
    lost: all.filter(({ id }) => !present.has(id)).length,
  };
}

export async function idsAt(
  query: (sql: string) => Promise<readonly { readonly id: string }[]>,
): Promise<Set<number>> {
  return new Set((await query('select id from ledger')).map(({ id }) => Number(id)));
}
