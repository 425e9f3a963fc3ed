import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { putChecksum, sha256, uploadChecksum } from '../../src/core/checksum.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('checksum', () => {
  it('is the base64 SHA-256 of a single put', () => {
    expect(putChecksum(bytes('abc'))).toBe('ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=');
    expect(Buffer.from(sha256(bytes('abc'))).toString('base64')).toBe(putChecksum(bytes('abc')));
  });

  it('is the composite of the part digests, with their number, for an upload', () => {
    const digests = [sha256(bytes('ab')), sha256(bytes('c'))];
    const expected = createHash('sha256').update(Buffer.concat(digests)).digest('base64');
    expect(uploadChecksum(digests, { sizeBytes: 3, partSizeBytes: 2 })).toBe(`${expected}-2`);
  });

  it('is composite for one full part, and plain for an object smaller than a part', () => {
    const digests = [sha256(bytes('abc'))];
    expect(uploadChecksum(digests, { sizeBytes: 3, partSizeBytes: 3 })).toMatch(/=-1$/);
    expect(uploadChecksum(digests, { sizeBytes: 3, partSizeBytes: 4 })).toBe(
      putChecksum(bytes('abc')),
    );
  });

  it('is that of no bytes for an upload without parts', () => {
    expect(uploadChecksum([], { sizeBytes: 0, partSizeBytes: 4 })).toBe(putChecksum(bytes('')));
  });
});
