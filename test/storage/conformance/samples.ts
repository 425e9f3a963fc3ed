/** Bytes and lists that the suites share. */
import { randomBytes } from 'node:crypto';
import { sha256 } from '../../../src/core/checksum.ts';
import type { GetOptions, ObjectStore, Upload } from '../../../src/core/ports/store.ts';

export const createOnly = { ifAbsent: true } as const;
export const replacing = { ifAbsent: false } as const;

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export function parts(count: number, partSizeBytes: number, lastSizeBytes = 1000): Uint8Array[] {
  return Array.from({ length: count }, (_, n) =>
    randomBytes(n === count - 1 ? lastSizeBytes : partSizeBytes),
  );
}

export const send = (upload: Upload, n: number, bytes: Uint8Array): Promise<void> =>
  upload.part(n, bytes, sha256(bytes));

export async function sendAll(upload: Upload, all: readonly Uint8Array[]): Promise<void> {
  for (const [n, bytes] of all.entries()) await send(upload, n, bytes);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

export async function keysOf(store: ObjectStore, prefix = '', after?: string): Promise<string[]> {
  const infos = await collect(store.list(prefix, after === undefined ? {} : { after }));
  return infos.map(({ key }) => key);
}

/** Unfinished uploads, counted by sweeping them. */
export const leftovers = (store: ObjectStore): Promise<number> =>
  store.sweepUploads('', new Date(Date.now() + 3_600_000));

export async function textAt(
  store: ObjectStore,
  key: string,
  options?: GetOptions,
): Promise<string> {
  return new TextDecoder().decode(await store.get(key, options));
}
