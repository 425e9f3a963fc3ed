import { describe, expect, it, test } from 'vitest';
import { readYaml } from '../../../src/core/config/yaml-document.ts';

const text = `first: &anchor
  name: one
  list: [10, { a: 1 }]
second: *anchor
third: { alone }
? [complex, key]
: value
`;

test.for([
  ['a value', ['first', 'name'], 'value', '2:9'],
  ['a key', ['first', 'name'], 'key', '2:3'],
  ['an item of a list', ['first', 'list', 1, 'a'], 'key', '3:16'],
  ['a key without value', ['third', 'alone'], 'value', '5:10'],
  ['the anchor that an alias repeats', ['second', 'name'], 'value', '2:9'],
  ['the parent of an item that is not there', ['first', 'list', 7], 'value', '3:3'],
  ['the parent of what lies below plain text', ['first', 'name', 'deeper'], 'value', '2:3'],
  ['the top, for a path that is nowhere', ['nowhere'], 'value', '1:1'],
] as const)('points at %s', ([, path, what, expected]) => {
  const { line, column } = readYaml(text).position(path, what);
  expect(`${line}:${column}`).toBe(expected);
});

test('knows which paths exist', () => {
  const document = readYaml(text);
  expect(document.has(['second', 'name'])).toBe(true);
  expect(document.has(['second', 'other'])).toBe(false);
});

test('points at the start of an empty text', () => {
  expect(readYaml('').position(['vault'], 'key')).toEqual({ line: 1, column: 1 });
});

test('names an alias without anchor', () => {
  expect(readYaml('a: *none').findings).toMatchObject([
    { message: expect.stringMatching(/^not usable: Unresolved alias .*: none$/) },
  ]);
});

test('refuses aliases that would unfold without end', () => {
  const levels = ['a', 'b', 'c', 'd'].map(
    (name, index, all) =>
      `${name}: &${name} [${Array(9).fill(index === 0 ? 'x' : `*${all[index - 1]}`)}]`,
  );
  const { value, findings } = readYaml(`${levels.join('\n')}\n`);
  expect(value).toBeUndefined();
  expect(findings).toMatchObject([{ path: [], message: expect.stringContaining('not usable') }]);
});

test.for([
  ['a: [1\nb: 2', 'the indentation does not match the lines around it'],
  ['a: "x', 'a character is missing: a closing bracket, quote or colon'],
  ['a: 1\n---\nb: 2', 'a second document starts here; allowed: one document per file'],
  ['a: "\\q"', 'bad dq escape'],
] as const)('says what is wrong with %j', ([broken, message]) => {
  expect(readYaml(broken).findings).toMatchObject([{ message: `not valid YAML: ${message}` }]);
});

describe('canonical JSON, as a deployed configuration is', () => {
  const text = '{"sources":{"orders":{"after":["uploads",null]}}}';

  it('is read as what it says', () => {
    const { value, findings } = readYaml(text);
    expect(value).toEqual({ sources: { orders: { after: ['uploads', null] } } });
    expect(findings).toEqual([]);
  });

  it('has its one line for a place, and knows what is in it', () => {
    const { position, has } = readYaml(text);
    expect(position(['sources', 'orders'], 'key')).toEqual({ line: 1, column: 1 });
    expect(has(['sources', 'orders', 'after', 0])).toBe(true);
    expect(has(['sources', 'orders', 'after', 1, 'more'])).toBe(false);
    expect(has(['sources', 'orders', 'after', 0, 'more'])).toBe(false);
    expect(has(['sources', 'uploads'])).toBe(false);
  });

  it('reads two thousand sources in a moment', () => {
    const source = { engine: 'files', path: '/srv', policies: { daily: { keep: { daily: 7 } } } };
    const sources = Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`s${n}`, source]));
    const startedAt = performance.now();
    readYaml(JSON.stringify({ sources }));
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it('may also be a mapping of YAML', () => {
    expect(readYaml('{"a": b, c: 1}').value).toEqual({ a: 'b', c: 1 });
  });
});
