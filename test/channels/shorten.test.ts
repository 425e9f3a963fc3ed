import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oneLine, shorten } from '../../src/channels/shorten.ts';

test.each([
  ['short', 10, 'short'],
  ['exactly 10', 10, 'exactly 10'],
  ['longer than ten', 10, 'longer th…'],
  ['🔥🔥🔥🔥', 5, '🔥🔥…'],
])('%j in %d is %j', (text, limit, expected) => {
  expect(shorten(text, limit)).toBe(expected);
});

test('never is longer than the limit, nor cuts a character in two', () => {
  const bytes = (text: string) => Buffer.byteLength(text);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 3, max: 40 }), (text, limit) => {
      const short = shorten(text, limit, bytes);
      expect(bytes(short)).toBeLessThanOrEqual(limit);
      expect(short.isWellFormed()).toBe(text.isWellFormed());
    }),
  );
});

test('a subject has no line breaks', () => {
  expect(oneLine(' a\r\nBcc: b\t c ')).toBe('a Bcc: b c');
});
