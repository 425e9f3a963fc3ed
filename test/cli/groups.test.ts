import { expect, test } from 'vitest';
import { catalogue, groups } from '../../src/cli/catalogue.ts';

test('every group of verbs has its own line in the help', () => {
  const named = catalogue.map(({ name }) => name.split(' ')).filter((words) => words.length > 1);
  const used = [...new Set(named.map(([group]) => group))].toSorted();
  expect(Object.keys(groups).toSorted()).toEqual(used);
});
