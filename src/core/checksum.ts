/** SHA-256 as stores keep it: of one put, or composite over the parts of an upload. */
import { createHash, hash } from 'node:crypto';

export function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}

/** What a single put of `bytes` has as its checksum: base64 of its SHA-256. */
export function putChecksum(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64');
}

/**
 * Checksum of an object sent in parts: S3's composite, `base64(SHA-256 of the digests)-N`. An object
 * smaller than one part is stored by a single put and has that put's checksum.
 */
export function uploadChecksum(
  digests: readonly Uint8Array[],
  sizes: { readonly sizeBytes: number; readonly partSizeBytes: number },
): string {
  if (sizes.sizeBytes < sizes.partSizeBytes) {
    const [only = sha256(new Uint8Array())] = digests;
    return Buffer.from(only).toString('base64');
  }
  const whole = createHash('sha256');
  for (const digest of digests) whole.update(digest);
  return `${whole.digest('base64')}-${digests.length}`;
}
