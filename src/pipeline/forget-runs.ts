/** Results and slots of runs long over: notes between steps, of no use to anyone later. */
import { StoreError } from '../core/errors.ts';
import { layout } from '../core/layout.ts';
import type { ObjectStore } from '../core/ports/store.ts';
import type { Vault } from './vault/index.ts';

const dayMs = 86_400_000;
const keptMs = 90 * dayMs;

export interface ForgetOptions {
  /** Whose slots; results do not tell their source, and are looked at once a day. */
  readonly source: string;
  /** Called before each page of deletions: the maintainer's lease. */
  readonly check: () => Promise<void>;
}

/** Returns how many went. What the store's lock still keeps goes another time. */
export async function forgetRuns(
  { store, now }: Pick<Vault, 'store' | 'now'>,
  { source, check }: ForgetOptions,
): Promise<number> {
  const before = now().getTime() - keptMs;
  const slots = await forgetBelow(layout.sourceRuns(source), { store, before, check });
  if (!(await isDue(store, now()))) return slots;
  return slots + (await forgetBelow(layout.results, { store, before, check }));
}

/** Without this every run of every source would list the notes of them all. */
async function isDue(store: ObjectStore, now: Date): Promise<boolean> {
  const last = await store.head(layout.resultsForgotten);
  if (last && last.modifiedAt.getTime() > now.getTime() - dayMs) return false;
  await store.put(layout.resultsForgotten, Buffer.from(now.toISOString()), { ifAbsent: false });
  return true;
}

interface Notes extends Pick<ForgetOptions, 'check'> {
  readonly store: ObjectStore;
  readonly before: number;
}

async function forgetBelow(prefix: string, { store, before, check }: Notes): Promise<number> {
  let forgotten = 0;
  for await (const { key, modifiedAt } of store.list(prefix)) {
    if (modifiedAt.getTime() >= before || key === layout.resultsForgotten) continue;
    if (forgotten % 100 === 0) await check();
    await store.delete(key).catch(ignoreLock);
    forgotten += 1;
  }
  return forgotten;
}

function ignoreLock(error: unknown): void {
  if (!(error instanceof StoreError && error.code === 'OBJECT_LOCKED')) throw error;
}
