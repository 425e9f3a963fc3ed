/** What is derived from keys: HKDF-SHA256 with an empty salt and a label of its own for each purpose. */
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

export const setKeyBytes = 32;

const labels = {
  /** Authenticates the manifest. */
  manifest: 'holdfast-manifest-v1',
  /** Authenticates a set's key files. */
  keyFile: 'holdfast-key-file-v1',
  /** Authenticates the vault's key check. */
  keyCheck: 'holdfast-key-check-v1',
  /** Names an AES key without revealing it. */
  aesId: 'holdfast-aes-id-v1',
} as const;
export type MacPurpose = 'manifest' | 'keyFile' | 'keyCheck';

/** The random key under which all objects of one set are encrypted. */
export const createSetKey = (): Uint8Array => randomBytes(setKeyBytes);

function derive(key: Uint8Array, label: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, new Uint8Array(), label, 32));
}

/** Base64 HMAC-SHA256 of `text` under a key derived from `key` for this purpose alone. */
export function computeMac(key: Uint8Array, purpose: MacPurpose, text: string): string {
  return createHmac('sha256', derive(key, labels[purpose])).update(text).digest('base64');
}

export function macMatches(expected: string, found: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(found)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** First 16 hex digits of a value derived from an AES key: equal keys have equal ids. */
export const aesKeyId = (key: Uint8Array): string =>
  derive(key, labels.aesId).toString('hex').slice(0, 16);
