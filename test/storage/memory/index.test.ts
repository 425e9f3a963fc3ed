import { describe, expect, it } from 'vitest';
import { openMemoryStore } from '../../../src/storage/memory/index.ts';
import { describeStore } from '../conformance.ts';

const fixture = {
  partSizeBytes: 4096,
  start: async () => {},
  stop: async () => {},
};

describeStore('memory', { ...fixture, open: async () => openMemoryStore() });
describeStore('memory without locks', {
  ...fixture,
  open: async () => openMemoryStore({ locks: false }),
});

describe('memory store', () => {
  it('lets a lock expire with its clock', async () => {
    let now = new Date('2026-01-01T00:00:00Z');
    const store = openMemoryStore({ now: () => now });
    const lockUntil = new Date('2026-01-02T00:00:00Z');
    await store.put('locked', new Uint8Array(1), { ifAbsent: true, lockUntil });
    await expect(store.delete('locked')).rejects.toMatchObject({ code: 'OBJECT_LOCKED' });
    now = new Date('2026-01-02T00:00:01Z');
    await store.delete('locked');
    expect(await store.head('locked')).toBeUndefined();
  });
});
