import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { putChecksum } from '../../../src/core/checksum.ts';
import type { StoredObject } from '../../../src/core/manifest.ts';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import { createReadBudget } from '../../../src/pipeline/data-path/read-budget.ts';
import { readStored } from '../../../src/pipeline/data-path/stored-bytes.ts';
import { createWatchdog } from '../../../src/pipeline/data-path/watchdog.ts';
import { openMemoryStore } from '../../../src/storage/memory/index.ts';

const key = 'data/orders/20261121T020000Z-daily-1a2b3c4d/rest.0';
const bytes = randomBytes(9_000_000);
const object: StoredObject = {
  key,
  sizeBytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  checksum: putChecksum(bytes),
  partSizeBytes: 16_777_216,
};

function sourceIn(store: ObjectStore) {
  const { signal } = new AbortController();
  const watchdog = createWatchdog('the test');
  return { store, budget: createReadBudget(2), signal, watchdog, onRead: () => undefined };
}

async function readAll(store: ObjectStore, versionId?: string): Promise<Buffer> {
  const stored = versionId === undefined ? object : { ...object, versionId };
  const source = sourceIn(store);
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of readStored(source, stored)) chunks.push(Uint8Array.from(chunk));
  } finally {
    source.watchdog.stop();
  }
  return Buffer.concat(chunks);
}

describe('readStored', () => {
  it('reads from a copy, where the recorded version does not exist', async () => {
    const store = openMemoryStore();
    await store.put(key, bytes, { ifAbsent: true });
    expect((await readAll(store, 'a-version-of-the-primary')).equals(bytes)).toBe(true);
  });

  it('names the object that is missing, cut or changed', async () => {
    const empty = openMemoryStore();
    await expect(readAll(empty, 'v')).rejects.toMatchObject({
      code: 'OBJECT_MISSING',
      exitCode: 13,
    });
    for (const damaged of [bytes.subarray(1), Buffer.from(bytes).fill(0, 8_999_999)]) {
      const store = openMemoryStore();
      await store.put(key, damaged, { ifAbsent: true });
      await expect(readAll(store)).rejects.toMatchObject({
        code: 'OBJECT_DAMAGED',
        message: expect.stringContaining(key),
      });
    }
  });
});
