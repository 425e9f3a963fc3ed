import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { mintBackupId } from '../../../src/core/backup-id.ts';
import { layout } from '../../../src/core/layout.ts';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import { createSetKey } from '../../../src/pipeline/keys/index.ts';
import {
  acquireLease,
  extendSetLock,
  loadSet,
  removeSet,
  sourceLease,
  sweep,
  wrapSetKey,
} from '../../../src/pipeline/vault/index.ts';
import {
  type CommittedSet,
  commitSet,
  createWorkplace,
  keysOf,
  signal,
  signer,
  type Workplace,
} from './sample-set.ts';

let place: Workplace;
let set: CommittedSet;
const check = () => Promise.resolve();
const removal = { signer, reason: 'older than every period', check };
const setKeys = async () => [
  ...(await keysOf(place.store, layout.set(set.source, set.id))),
  ...(await keysOf(place.store, layout.setData(set.source, set.id))),
];

beforeEach(async () => {
  place = await createWorkplace();
  set = await commitSet(place.vault);
});

/** Refuses deletions after the first `allowed`: a process killed in the middle. */
function dyingStore(store: ObjectStore, allowed: number): ObjectStore {
  let left = allowed;
  return {
    ...store,
    delete: (key) => {
      left -= 1;
      return left < 0 ? Promise.reject(new Error('killed')) : store.delete(key);
    },
  };
}

describe('removeSet', () => {
  it('leaves nothing of the set and everything of another', async () => {
    const other = await commitSet(place.vault);
    await removeSet(place.vault, set, removal);
    expect(await setKeys()).toEqual([]);
    expect((await loadSet(place.vault, other.source, other.id)).state).toBe('committed');
  });

  it('is never damage when interrupted, wherever that was, and goes on from there', async () => {
    const total = (await setKeys()).length + 1;
    for (let allowed = 0; allowed < total; allowed += 1) {
      place = await createWorkplace();
      set = await commitSet(place.vault);
      const dying = { ...place.vault, store: dyingStore(place.store, allowed) };
      await expect(removeSet(dying, set, removal)).rejects.toThrow('killed');
      expect((await loadSet(place.vault, set.source, set.id)).state).toBe('removed');
      await removeSet(place.vault, set, removal);
      expect(await setKeys()).toEqual([]);
    }
  });

  it('touches nothing of a locked set', async () => {
    place = await createWorkplace({ lockDays: 7 });
    set = await commitSet(place.vault);
    const before = await setKeys();
    await expect(removeSet(place.vault, set, removal)).rejects.toMatchObject({
      code: 'OBJECT_LOCKED',
    });
    expect(await setKeys()).toEqual(before);
    place.clock.advance(7 * 86_400 + 1);
    await removeSet(place.vault, set, removal);
    expect(await setKeys()).toEqual([]);
  });

  it('stops when the lease is lost', async () => {
    const lost = () => Promise.reject(new Error('lost'));
    const removed = removeSet(place.vault, set, { ...removal, check: lost });
    await expect(removed).rejects.toThrow('lost');
    expect((await loadSet(place.vault, set.source, set.id)).state).toBe('committed');
  });
});

describe('extendSetLock', () => {
  it('keeps a base as long as what builds on it', async () => {
    place = await createWorkplace({ lockDays: 7 });
    set = await commitSet(place.vault);
    await extendSetLock(place.vault, set, new Date('2026-12-21T00:00:00Z'));
    place.clock.advance(8 * 86_400);
    await expect(removeSet(place.vault, set, removal)).rejects.toThrow(/2026-12-21/);
  });
});

describe('sweep', () => {
  async function leaveHalf(): Promise<CommittedSet> {
    const id = mintBackupId(place.clock.now(), 'daily', randomBytes(4).toString('hex'));
    const half = { ...set, id };
    await wrapSetKey(place.vault, half, createSetKey());
    await place.store.put(layout.object(half, 'data', 0), randomBytes(10), { ifAbsent: true });
    return half;
  }
  const hourAgo = () => new Date(place.clock.now().getTime() - 3_600_000);

  it('removes what a dead attempt left after the grace time, and nothing committed', async () => {
    const half = await leaveHalf();
    const before = await setKeys();
    expect(await sweep(place.vault, { before: hourAgo(), check })).toMatchObject({ removed: [] });
    place.clock.advance(7200);
    const { removed } = await sweep(place.vault, { before: hourAgo(), check });
    expect(removed).toEqual([{ source: half.source, id: half.id }]);
    expect(await keysOf(place.store, layout.setData(half.source, half.id))).toEqual([]);
    expect(await setKeys()).toEqual(before);
  });

  it('removes data that lies without a folder of its set', async () => {
    const half = await leaveHalf();
    await place.store.delete(layout.key(half.source, half.id, 1));
    place.clock.advance(7200);
    const { removed } = await sweep(place.vault, { before: hourAgo(), check });
    expect(removed).toHaveLength(1);
  });

  it('touches nothing of a source whose lease is held', async () => {
    const half = await leaveHalf();
    place.clock.advance(7200);
    const lease = await acquireLease(place.vault, sourceLease(half.source), {
      ttlSeconds: 60,
      signal,
    });
    expect((await sweep(place.vault, { before: hourAgo(), check })).removed).toEqual([]);
    await lease.release();
    expect((await sweep(place.vault, { before: hourAgo(), check })).removed).toHaveLength(1);
  });

  it('leaves a set that lost its manifest alone: that is damage', async () => {
    await place.store.delete(layout.manifest(set.source, set.id));
    place.clock.advance(7200);
    const before = await setKeys();
    await sweep(place.vault, { before: hourAgo(), check });
    expect(await setKeys()).toEqual(before);
  });

  it('removes the uploads of a source that never stored a whole object', async () => {
    const lease = await acquireLease(place.vault, sourceLease('first'), {
      ttlSeconds: 60,
      signal,
    });
    await lease.release();
    const parts = { ifAbsent: true, partSizeBytes: 10 };
    await place.store.upload(`${layout.sourceData('first')}half.0`, parts);
    await place.store.upload(layout.result('execution', 'dump'), parts);
    expect((await sweep(place.vault, { before: hourAgo(), check })).uploads).toBe(0);
    place.clock.advance(7200);
    expect((await sweep(place.vault, { before: hourAgo(), check })).uploads).toBe(2);
  });

  it('finishes a removal that was interrupted', async () => {
    const dying = { ...place.vault, store: dyingStore(place.store, 2) };
    await expect(removeSet(dying, set, removal)).rejects.toThrow('killed');
    await sweep(place.vault, { before: hourAgo(), check });
    expect(await setKeys()).toEqual([]);
  });
});
