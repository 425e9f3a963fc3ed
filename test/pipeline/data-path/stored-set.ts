/** A set written by the real sink, with helpers to read it back. */
import { randomBytes } from 'node:crypto';
import { mintBackupId } from '../../../src/core/backup-id.ts';
import type { Manifest } from '../../../src/core/manifest.ts';
import type { SetReader } from '../../../src/core/ports/engine.ts';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import {
  openReader,
  openSink,
  type Sink,
  type SinkOptions,
} from '../../../src/pipeline/data-path/index.ts';
import { createSetKey } from '../../../src/pipeline/keys/index.ts';

export const limits = { concurrency: 4, memoryMiB: 256 };
export const { signal } = new AbortController();
const now = new Date('2026-11-21T02:00:00Z');

export interface Desk {
  readonly store: ObjectStore;
  readonly setKey: Uint8Array;
  readonly backupId: ReturnType<typeof mintBackupId>;
  sink(options?: Partial<SinkOptions>): Sink;
  /** Of what a sink stored. */
  reader(sink: Sink, options?: { signal?: AbortSignal; stallSeconds?: number }): SetReader;
}

export function createDesk(store: ObjectStore): Desk {
  const setKey = createSetKey();
  const backupId = mintBackupId(now, 'daily', randomBytes(4).toString('hex'));
  const base = { vault: { store }, setKey, limits, signal, onProgress: () => undefined };
  return {
    store,
    setKey,
    backupId,
    sink: (options) => openSink({ ...base, source: 'orders', backupId, ...options }),
    reader: (sink, options) => {
      const manifest = { source: 'orders', id: backupId, streams: sink.streams() };
      return openReader({ ...base, manifest: manifest as unknown as Manifest, ...options });
    },
  };
}

export async function contentOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export const spec = (name: string) => ({ name, role: 'data' });
