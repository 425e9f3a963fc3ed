/** A vault in memory and the copy of it that S3 would make in another Region. */
import type { ObjectStore } from '../../src/core/ports/store.ts';
import { createOrOpenVault, type Vault } from '../../src/pipeline/vault/index.ts';
import { openMemoryStore } from '../../src/storage/memory/index.ts';
import {
  type Clock,
  type CommittedSet,
  clockAt,
  commitSet,
  newAesRecipient,
} from './vault/sample-set.ts';

export interface Regions {
  readonly clock: Clock;
  readonly east: Vault;
  readonly west: Vault;
  readonly made: readonly CommittedSet[];
}

export const day = 24 * 3600;
export const source = {
  engine: 'postgres',
  after: [],
  policies: { daily: { timezone: 'UTC', keep: { last: 20 } } },
};

/** Sets a day apart in the primary, and the copy as S3 makes it. */
export async function twoRegions(count: number): Promise<Regions> {
  const clock = clockAt('2026-11-01T02:00:00Z');
  const recipients = [newAesRecipient()];
  const at = (url: string) => ({ ...openMemoryStore({ now: clock.now }), url });
  const east = await createOrOpenVault({ store: at('s3://east'), recipients, now: clock.now });
  const made: CommittedSet[] = [];
  for (let n = 0; n < count; n += 1) {
    made.push(await commitSet(east));
    clock.advance(day);
  }
  const store = at('s3://west');
  await replicate(east.store, store);
  const west = await createOrOpenVault({ store, recipients, now: clock.now });
  return { clock, east, west, made };
}

/** Everything that is written, and no deletion. */
export async function replicate(from: ObjectStore, to: ObjectStore): Promise<void> {
  for await (const { key } of from.list('')) {
    if (!(await to.head(key))) await to.put(key, await from.get(key), { ifAbsent: true });
  }
}
