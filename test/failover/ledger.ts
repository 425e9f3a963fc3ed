/** A client that writes without pause and remembers what was acknowledged: the oracle of every failover test. */
import { Client } from 'pg';

export interface Ledger {
  /** Ids whose COMMIT was answered. */
  readonly acknowledged: number[];
  /** The longest time between two acknowledged writes, in milliseconds. */
  longestGap(): number;
  stop(): Promise<void>;
}

/** `address` is asked anew for each connection, as a client asks its resolver. */
export function startLedger(url: () => string | Promise<string>): Ledger {
  const acknowledged: number[] = [];
  const gaps: number[] = [];
  let running = true;
  let next = 1;
  let last = performance.now();
  const work = (async () => {
    while (running) {
      const client = new Client({
        connectionString: await url(),
        connectionTimeoutMillis: 250,
        query_timeout: 500,
        application_name: 'ledger',
      });
      client.on('error', () => undefined);
      try {
        await client.connect();
        while (running) {
          const id = next++;
          await client.query('insert into ledger (id) values ($1)', [id]);
          acknowledged.push(id);
          gaps.push(performance.now() - last);
          last = performance.now();
        }
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 5));
      } finally {
        client.end().catch(() => undefined);
      }
    }
  })();
  return {
    acknowledged,
    longestGap: () => Math.max(0, ...gaps),
    async stop() {
      running = false;
      await work;
    },
  };
}

/** What was acknowledged and is not there. */
export const missing = (ledger: Ledger, present: readonly { readonly id: string }[]): number[] => {
  const there = new Set(present.map(({ id }) => Number(id)));
  return ledger.acknowledged.filter((id) => !there.has(id));
};
