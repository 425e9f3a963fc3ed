import { describe, expect, it } from 'vitest';
import type { StoreFixture } from '../conformance.ts';
import { createOnly, keysOf, parts, sendAll, text } from './samples.ts';

const inHours = (hours: number): Date => {
  const date = new Date(Date.now() + hours * 3_600_000);
  date.setMilliseconds(0);
  return date;
};

export function describeLocks(fixture: StoreFixture): void {
  describe('locks', () => {
    it('keeps a locked object from deletion, or says that it cannot', async () => {
      const store = await fixture.open();
      const lockUntil = inHours(1);
      await store.put('locked', text('1'), { ...createOnly, lockUntil });
      await store.put('free', text('1'), createOnly);
      await store.delete('free');
      const deletion = store.delete('locked').then(
        () => 'deleted',
        (error: { code: string }) => error.code,
      );
      expect(await deletion).toBe(store.locks ? 'OBJECT_LOCKED' : 'deleted');
      expect(await keysOf(store)).toEqual(store.locks ? ['locked'] : []);
      const lockedUntil = (await store.head('locked'))?.lockedUntil;
      expect(lockedUntil).toEqual(store.locks ? lockUntil : undefined);
    });

    it('locks what was uploaded in parts', async () => {
      const store = await fixture.open();
      const { partSizeBytes } = fixture;
      const lockUntil = inHours(1);
      const upload = await store.upload('data/0', { ...createOnly, partSizeBytes, lockUntil });
      await sendAll(upload, parts(2, partSizeBytes));
      await upload.complete();
      const head = await store.head('data/0');
      expect(head?.lockedUntil).toEqual(store.locks ? lockUntil : undefined);
    });

    it('extends a lock and never shortens it', async () => {
      const store = await fixture.open();
      const [early, late] = [inHours(1), inHours(3)];
      await store.put('locked', text('1'), { ...createOnly, lockUntil: early });
      await store.put('free', text('1'), createOnly);
      const until = async (key: string) => (await store.head(key))?.lockedUntil;
      await store.extendLock('locked', late);
      expect(await until('locked')).toEqual(store.locks ? late : undefined);
      await store.extendLock('locked', early);
      expect(await until('locked')).toEqual(store.locks ? late : undefined);
      await store.extendLock('free', early);
      expect(await until('free')).toEqual(store.locks ? early : undefined);
    });
  });
}
