/** A client of Redis that writes without pause and remembers what was acknowledged: the oracle of these tests. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { ask } from '../servers/redis-pair.ts';

export interface RedisLedger {
  /** Ids whose SET was answered OK, each a key `ledger:<id>`. */
  readonly acknowledged: number[];
  /** The longest time between two acknowledged writes, in milliseconds. */
  longestGap(): number;
  stop(): Promise<void>;
}

/** `url` is asked for anew after each error, as a client asks its resolver. */
export function startRedisLedger(url: () => string): RedisLedger {
  const acknowledged: number[] = [];
  let [running, next, last, longest] = [true, 1, performance.now(), 0];
  const client = async () => {
    const made = createClient({
      ...{ url: url(), RESP: 2, name: 'ledger', maintNotifications: 'disabled' },
      disableOfflineQueue: true,
      socket: { connectTimeout: 250, reconnectStrategy: false, socketTimeout: 500 },
    });
    made.on('error', () => undefined);
    await made.connect();
    return made;
  };
  const write = async (session: Awaited<ReturnType<typeof client>>) => {
    while (running) {
      const id = next++;
      await session.sendCommand(['SET', `ledger:${id}`, `value ${id}`]);
      acknowledged.push(id);
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }
  };
  const work = (async () => {
    while (running) {
      const session = await client().catch(() => undefined);
      if (session !== undefined) {
        await write(session).catch(() => undefined);
        session.destroy();
      }
      await sleep(5);
    }
  })();
  return {
    acknowledged,
    longestGap: () => longest,
    async stop() {
      running = false;
      await work;
    },
  };
}

/** What was acknowledged and is not there. */
export async function missingAt(ledger: RedisLedger, url: string): Promise<number[]> {
  const keys = (await ask(url, ['KEYS', 'ledger:*'])) as string[];
  const there = new Set(keys.map((key) => Number(key.split(':')[1])));
  return ledger.acknowledged.filter((id) => !there.has(id));
}
