import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/core/canonical-json.ts';

test.for([
  [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
  [{ z: { y: 1, x: 2 }, Z: 3 }, '{"Z":3,"z":{"x":2,"y":1}}'],
  [{ a: undefined, b: 'é\n"' }, '{"b":"é\\n\\""}'],
  [[], '[]'],
  [{}, '{}'],
  [1.5, '1.5'],
] as const)('writes %j in one way only', ([value, expected]) => {
  expect(canonicalJson(value)).toBe(expected);
});

test('gives equal values equal text, in whatever order they were built', () => {
  expect(canonicalJson({ a: 1, b: { d: 2, c: 3 } })).toBe(
    canonicalJson({ b: { c: 3, d: 2 }, a: 1 }),
  );
});
