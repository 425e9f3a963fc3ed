/** Which keys a vault takes: portable between a directory and a bucket, and free of traversal. */
import { StoreError } from '../core/errors.ts';

const segmentPattern = /^[A-Za-z0-9._=:-]{1,200}$/;
const maxKeyLength = 900;

/** Whether a name may stand between two `/` of a key. */
export function isSegment(name: string): boolean {
  return segmentPattern.test(name) && name !== '.' && name !== '..';
}

/** @throws StoreError KEY_INVALID */
export function checkKey(key: string): void {
  if (key.length > maxKeyLength || !key.split('/').every(isSegment)) throw invalid('key', key);
}

/** A prefix is the beginning of a key: empty, up to a `/`, or within a segment. */
export function checkPrefix(prefix: string): void {
  const segments = prefix.split('/');
  const last = segments.pop() ?? '';
  const fits = (last === '' || /^[A-Za-z0-9._=:-]+$/.test(last)) && segments.every(isSegment);
  if (!fits || prefix.length > maxKeyLength) throw invalid('prefix', prefix);
}

function invalid(what: string, seen: string): StoreError {
  return new StoreError(`A ${what} of the vault is not valid: ${JSON.stringify(seen)}`, {
    code: 'KEY_INVALID',
    hint: 'Keys are segments of letters, digits and . _ = : - joined by "/", 900 characters at most.',
  });
}
