import { expect, test } from 'vitest';
import { allowedWords, nearestWord } from '../../src/core/nearest.ts';

const words = ['backup', 'restore', 'status', 'keep'];

test.for([
  ['bakcup', 'backup'],
  ['RESTORE', 'restore'],
  ['stats', 'status'],
  ['kep', 'keep'],
  ['prune', undefined],
  ['ke', undefined],
] as const)('%s means %s', ([found, expected]) => {
  expect(nearestWord(found, words)).toBe(expected);
});

test.for([
  ['stauts', words, '; allowed: backup, restore, status, keep; did you mean "status"?'],
  ['prune', words, '; allowed: backup, restore, status, keep'],
  ['prune', [], '; there are none'],
] as const)('after %s stands what is allowed', ([found, allowed, expected]) => {
  expect(allowedWords(found, allowed)).toBe(expected);
});
