import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HashThreads, openHashThreads } from '../../../src/pipeline/vault/hash-threads.ts';

const mebibyte = 1024 * 1024;
const expected = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const hex = (digest: Uint8Array) => Buffer.from(digest).toString('hex');

let threads: HashThreads;
beforeEach(() => {
  threads = openHashThreads(2);
});
afterEach(() => threads.close());

test('gives each of many more pieces than threads its own digest', async () => {
  const pieces = Array.from({ length: 9 }, (_, n) => randomBytes(2 * mebibyte + n));
  const digests = pieces.map(expected);
  const found = await Promise.all(pieces.map((piece) => threads.digest(piece)));
  expect(found.map(hex)).toEqual(digests);
});

test('takes the memory of a large piece over', async () => {
  const piece = Buffer.allocUnsafeSlow(2 * mebibyte);
  await threads.digest(piece);
  expect(piece.length).toBe(0);
});

test.each([10, mebibyte])('leaves alone memory that others share, of %i bytes', async (size) => {
  const whole = Buffer.alloc(4 * mebibyte, 7);
  const piece = whole.subarray(5, 5 + size);
  const digest = expected(piece);
  expect(hex(await threads.digest(piece))).toBe(digest);
  expect(expected(piece)).toBe(digest);
});

test('starts no thread after the end, and answers all the same', async () => {
  const piece = randomBytes(2 * mebibyte);
  await threads.close();
  expect(hex(await threads.digest(piece))).toBe(expected(piece));
  expect(piece.length).toBe(2 * mebibyte);
});
