import { expect, test } from 'vitest';
import { manifestObjects, storedStreamSchema } from '../../src/core/manifest.ts';

const object = (n: number) => ({
  key: `data/shop/x/orders.${n}`,
  sizeBytes: 10,
  sha256: 'a'.repeat(64),
  checksum: 'q83v-2',
  partSizeBytes: 8,
});
const stream = {
  name: 'orders',
  role: 'data',
  compression: 'zstd' as const,
  objects: [object(0), object(1)],
};

test('the objects of a set are those of all its streams, in order', () => {
  const rest = { ...stream, name: 'rest', objects: [object(2)] };
  expect(manifestObjects({ streams: [stream, rest] })).toEqual([object(0), object(1), object(2)]);
});

test.for([
  ['without objects', { objects: [] }],
  ['whose name is a path', { name: '../orders' }],
  ['whose hash is cut', { objects: [{ ...object(0), sha256: 'a'.repeat(63) }] }],
  ['with a key that this version does not know', { later: true }],
] as const)('a stream %s is refused', ([, change]) => {
  expect(storedStreamSchema.safeParse(stream).success).toBe(true);
  expect(storedStreamSchema.safeParse({ ...stream, ...change }).success).toBe(false);
});
