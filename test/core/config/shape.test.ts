import { expect, test } from 'vitest';
import { type Shape, shapeAt } from '../../../src/core/config/shape.ts';

const text: Shape = { type: 'string' };
const flag: Shape = { type: 'boolean' };
const root: Shape = {
  properties: {
    copies: { items: { properties: { name: text } } },
    sources: {
      additionalProperties: {
        anyOf: [
          { properties: { engine: { const: 'files' }, path: text } },
          { properties: { aes: flag }, required: ['aes'] },
          {},
        ],
      },
    },
  },
  additionalProperties: false,
};

test.for([
  ['an item of a list', ['copies', 0, 'name'], { copies: [{ name: 'a' }] }, text],
  ['an item of a list that is not there', ['copies', 3, 'name'], {}, text],
  [
    'the option that a constant names',
    ['sources', 'a', 'path'],
    { sources: { a: { engine: 'files' } } },
    text,
  ],
  [
    'the option that a required key names',
    ['sources', 'a', 'aes'],
    { sources: { a: { aes: 1 } } },
    flag,
  ],
  ['nothing where no option is meant', ['sources', 'a', 'path'], { sources: { a: { x: 1 } } }, {}],
  ['nothing at a place that is not allowed', ['other', 'deeper'], {}, {}],
] as const)('finds %s', ([, path, value, expected]) => {
  expect(shapeAt(root, path, value)).toEqual(expected);
});
