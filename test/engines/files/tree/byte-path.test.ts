import { expect, test } from 'vitest';
import {
  bytesOf,
  comparePaths,
  fromText,
  isContained,
  joinPath,
  nameOf,
  parentOf,
  textOf,
  utf8Of,
} from '../../../../src/engines/files/tree/byte-path.ts';

test('sorts like a depth-first walk: what is below a directory comes before its siblings', () => {
  const walked = ['.', 'a', 'a/b', 'a/b/c', 'a b', 'a-b', 'a.txt', 'ab', 'b', '\xff'];
  expect([...walked].reverse().sort(comparePaths)).toEqual(walked);
});

test('keeps bytes that are not UTF-8', () => {
  const path = 'caf\xe9';
  expect(utf8Of(path)).toBeUndefined();
  expect(textOf(path)).toBe('café');
  expect([...bytesOf(path)]).toEqual([0x63, 0x61, 0x66, 0xe9]);
});

test('gives UTF-8 as text and takes it back', () => {
  expect(textOf(fromText('naïve/\u{1f600}'))).toBe('naïve/\u{1f600}');
});

test.each([
  ['.', true],
  ['a/b', true],
  ['..a/b..', true],
  ['', false],
  ['/etc', false],
  ['a//b', false],
  ['a/../b', false],
  ['a/.', false],
  ['..', false],
  ['a\0b', false],
])('%j stays in its tree: %s', (path, contained) => {
  expect(isContained(path)).toBe(contained);
});

test('takes paths apart and together', () => {
  expect([parentOf('a/b/c'), nameOf('a/b/c'), parentOf('a')]).toEqual(['a/b', 'c', '.']);
  expect([joinPath('.', 'a'), joinPath('a', 'b')]).toEqual(['a', 'a/b']);
});
