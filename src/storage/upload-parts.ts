/** The book of an upload's parts: what every adapter must refuse, whatever it stores them in. */
import { sha256, uploadChecksum } from '../core/checksum.ts';
import { StoreError } from '../core/errors.ts';
import type { ByteRange } from '../core/ports/store.ts';

export interface PartList {
  readonly sizeBytes: number;
  readonly digests: readonly Uint8Array[];
  /** Of the whole object, as `uploadChecksum` makes it. */
  readonly checksum: string;
}

export interface PartBook {
  /** Refuses a part that cannot be one. @throws StoreError UPLOAD_INVALID */
  check(n: number, bytes: Uint8Array): void;
  /** The digest of a part. Refuses bytes that differ from the one given. @throws StoreError STORE_CORRUPT */
  digest(n: number, bytes: Uint8Array, given: Uint8Array | undefined): Uint8Array;
  /** Notes a stored part. */
  record(n: number, sizeBytes: number, digest: Uint8Array): void;
  /** All parts, in order. @throws StoreError UPLOAD_INVALID when one is missing or short */
  close(): PartList;
}

export function openPartBook(key: string, partSizeBytes: number): PartBook {
  const parts = new Map<number, { sizeBytes: number; digest: Uint8Array }>();
  return {
    check(n, bytes) {
      if (!Number.isInteger(n) || n < 0) throw invalid(key, `part number ${n}`);
      if (bytes.length === 0 || bytes.length > partSizeBytes) {
        throw invalid(key, `part ${n} has ${bytes.length} of at most ${partSizeBytes} bytes`);
      }
    },
    digest(n, bytes, given) {
      const found = sha256(bytes);
      if (given && !Buffer.from(found).equals(given)) throw differentBytes(key, `part ${n}`);
      return found;
    },
    record: (n, sizeBytes, digest) =>
      void parts.set(n, { sizeBytes, digest: Uint8Array.from(digest) }),
    close() {
      const ordered = [...parts].sort(([a], [b]) => a - b);
      ordered.forEach(([n, part], at) => {
        if (n !== at) throw invalid(key, `part ${at} is missing`);
        if (at < ordered.length - 1 && part.sizeBytes !== partSizeBytes) {
          throw invalid(key, `part ${n} is short and not the last`);
        }
      });
      const digests = ordered.map(([, part]) => part.digest);
      const sizeBytes = ordered.reduce((sum, [, part]) => sum + part.sizeBytes, 0);
      return {
        sizeBytes,
        digests,
        checksum: uploadChecksum(digests, { sizeBytes, partSizeBytes }),
      };
    },
  };
}

/** Whether a stored object is made of exactly these parts; holds one part at a time. */
export async function holdsParts(
  read: (range: ByteRange) => Promise<Uint8Array>,
  parts: Pick<PartList, 'sizeBytes' | 'digests'>,
  partSizeBytes: number,
): Promise<boolean> {
  for (const [n, digest] of parts.digests.entries()) {
    const start = n * partSizeBytes;
    const end = Math.min(start + partSizeBytes, parts.sizeBytes);
    if (!Buffer.from(digest).equals(sha256(await read({ start, end })))) return false;
  }
  return true;
}

export function differentBytes(key: string, what: string): StoreError {
  return new StoreError(`Storing ${key} failed: ${what} differs from its SHA-256`, {
    code: 'STORE_CORRUPT',
    hint: 'The bytes changed on their way: check memory and network of this machine, then run again.',
  });
}

export function uploadEnded(key: string): StoreError {
  return invalid(key, 'it was aborted');
}

function invalid(key: string, seen: string): StoreError {
  return new StoreError(`The upload of ${key} is not valid: ${seen}`, {
    code: 'UPLOAD_INVALID',
    hint: 'Nothing was stored. Run the command again; if it recurs, report it as a defect.',
  });
}
