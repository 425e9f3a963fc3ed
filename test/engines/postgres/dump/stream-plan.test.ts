import { expect, test } from 'vitest';
import {
  bigTableBytes,
  groupedPatterns,
  planStreams,
} from '../../../../src/engines/postgres/dump/stream-plan.ts';
import type { SizedTable } from '../../../../src/engines/postgres/tables.ts';

let oid = 0;
const table = (name: string, more: Partial<SizedTable> = {}): SizedTable => ({
  oid: String(++oid),
  schema: 'public',
  name,
  partitioned: false,
  hashed: false,
  unlogged: false,
  parent: null,
  sizeBytes: 0,
  ...more,
});
const options = { include: [], exclude: [], standby: false, encoding: 'UTF8' };
const namesOf = (tables: readonly SizedTable[]) => tables.map(({ name }) => name);

test('gives big tables streams of their own, the biggest first', () => {
  const plan = planStreams(
    [
      table('small'),
      table('big', { sizeBytes: bigTableBytes }),
      table('huge', { sizeBytes: 1e12 }),
    ],
    options,
  );
  expect(namesOf(plan.big)).toEqual(['huge', 'big']);
  expect(namesOf(plan.rest)).toEqual(['small']);
});

test('never makes more than 64 streams of big tables', () => {
  const tables = Array.from({ length: 100 }, (_, n) => table(`t${n}`, { sizeBytes: 1e9 + n }));
  const plan = planStreams(tables, options);
  expect(plan.big).toHaveLength(64);
  expect(plan.rest).toHaveLength(36);
});

test('every table is in exactly one place, a partitioned table in none', () => {
  const parent = table('events', { partitioned: true });
  const leaf = table('events_1', { parent: parent.oid });
  const plan = planStreams([parent, leaf, table('log_tmp')], {
    ...options,
    exclude: ['public.*_tmp'],
  });
  expect([namesOf(plan.big), namesOf(plan.rest), namesOf(plan.withoutRows)]).toEqual([
    [],
    ['events_1'],
    ['log_tmp'],
  ]);
});

test('excluding a partitioned table excludes the rows of all below it', () => {
  const parent = table('events', { partitioned: true });
  const middle = table('events_2026', { partitioned: true, parent: parent.oid });
  const leaf = table('leaf', { parent: middle.oid });
  const plan = planStreams([parent, middle, leaf], { ...options, exclude: ['public.events'] });
  expect(namesOf(plan.withoutRows)).toEqual(['leaf']);
});

test('takes the rows of included tables only, less the excluded ones', () => {
  const tables = [table('orders'), table('orders_tmp'), table('other')];
  const plan = planStreams(tables, {
    ...options,
    include: ['public.orders*'],
    exclude: ['*.*_tmp'],
  });
  expect(namesOf(plan.rest)).toEqual(['orders']);
  expect(namesOf(plan.withoutRows)).toEqual(['orders_tmp', 'other']);
});

test('leaves out unlogged rows on a standby only', () => {
  const tables = [table('cache', { unlogged: true })];
  expect(namesOf(planStreams(tables, options).rest)).toEqual(['cache']);
  expect(namesOf(planStreams(tables, { ...options, standby: true }).withoutRows)).toEqual([
    'cache',
  ]);
});

test('names thousands of tables by few patterns, each short enough for an argument', () => {
  const tables = Array.from({ length: 9000 }, (_, n) => table(`a table with a long name ${n}`));
  const patterns = groupedPatterns([...tables, table('x"y', { schema: 'o.s' })], 'UTF8');
  expect(patterns.length).toBeLessThan(6);
  expect(Math.max(...patterns.map((pattern) => pattern.length))).toBeLessThan(131_072);
  expect(patterns.at(-1)).toBe('"o.s".("x""y")');
});

test('refuses to leave out what pg_dump could not be told', () => {
  expect(() => groupedPatterns([table('été')], 'LATIN1')).toThrow(
    expect.objectContaining({ code: 'NAME_UNSUPPORTED' }),
  );
  const big = table('été', { sizeBytes: 1e9 });
  expect(planStreams([big], { ...options, encoding: 'LATIN1' }).big).toEqual([]);
});
