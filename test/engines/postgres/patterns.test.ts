import { expect, test } from 'vitest';
import { parseOnlyPattern, parseTablePattern } from '../../../src/engines/postgres/patterns.ts';

test.each([
  ['public.items', 'public', 'items', true],
  ['public.items', 'public', 'items2', false],
  ['public.items', 'Public', 'items', false],
  ['audit.*_tmp', 'audit', 'log_tmp', true],
  ['audit.*_tmp', 'audit', 'log_tmp2', false],
  ['a?.t', 'ab', 't', true],
  ['a?.t', 'a', 't', false],
  ['"my.schema"."50%*"', 'my.schema', '50%*', true],
  ['"my.schema"."50%*"', 'my.schema', '50%x', false],
  ['s."a""b"', 's', 'a"b', true],
  ['s.a+(b)', 's', 'a+(b)', true],
  ['s.日?', 's', '日😀', true],
  ['s."new\nline"', 's', 'new\nline', true],
])('%j against %j.%j is %j', (pattern, schema, table, expected) => {
  expect(parseTablePattern(pattern).matches(schema, table)).toBe(expected);
});

test.each(['items', 'a.b.c', '.items', 'public.', 'a/b', ''])(
  '%j is no table pattern',
  (pattern) => {
    expect(() => parseTablePattern(pattern)).toThrow();
  },
);

test('a bare name is a database, a schema with a star is the schema as a whole', () => {
  const database = parseOnlyPattern('shop');
  expect(database.table).toBeUndefined();
  expect([database.matchesDatabase('shop'), database.matchesDatabase('shop2')]).toEqual([
    true,
    false,
  ]);
  const schema = parseOnlyPattern('audit.*');
  expect(schema).toMatchObject({ wholeSchema: true });
  expect([schema.matchesSchema('audit'), schema.matchesSchema('public')]).toEqual([true, false]);
  expect(schema.matchesDatabase('anything')).toBe(true);
});

test('a slash names the database', () => {
  const table = parseOnlyPattern('shop/public.items');
  expect([table.matchesDatabase('shop'), table.matchesDatabase('crm')]).toEqual([true, false]);
  expect(table.table?.matches('public', 'items')).toBe(true);
  expect(parseOnlyPattern('shop/*').table).toBeUndefined();
  expect(() => parseOnlyPattern('shop/items')).toThrow(/database\/schema\.table/);
});
