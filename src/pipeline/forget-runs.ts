/** Results and slots of runs long over: notes between steps, of no use to anyone later. */
import { StoreError } from '../core/errors.ts';
import { layout } from '../core/layout.ts';
import type { Vault } from './vault/index.ts';

const keptMs = 90 * 86_400_000;

/** Returns how many went. What the store's lock still keeps goes another time. */
export async function forgetRuns(
  { store, now }: Pick<Vault, 'store' | 'now'>,
  check: () => Promise<void>,
): Promise<number> {
  const before = now().getTime() - keptMs;
  let forgotten = 0;
  for (const prefix of [layout.results, layout.allRuns]) {
    for await (const { key, modifiedAt } of store.list(prefix)) {
      if (modifiedAt.getTime() >= before) continue;
      if (forgotten % 100 === 0) await check();
      await store.delete(key).catch(ignoreLock);
      forgotten += 1;
    }
  }
  return forgotten;
}

function ignoreLock(error: unknown): void {
  if (!(error instanceof StoreError && error.code === 'OBJECT_LOCKED')) throw error;
}
