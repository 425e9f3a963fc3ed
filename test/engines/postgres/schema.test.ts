import { expect, test } from 'vitest';
import { postgresSchema } from '../../../src/engines/postgres/schema.ts';

const parse = (source: object) =>
  postgresSchema.safeParse({ engine: 'postgres', policies: { daily: {} }, ...source });

test.each([
  'env:ORDERS_URL',
  'secretsmanager:orders-db',
  'postgres://reader@db.example:5432/orders',
  'postgresql://reader@db.example/orders?sslmode=verify-full',
])('takes the connection %s', (connection) => {
  expect(parse({ connection }).success).toBe(true);
});

test.each([
  ['postgres://reader:secret@db.example/orders', /password never stands/],
  ['postgres://reader@db.example/orders?password=secret', /password never stands/],
  ['mysql://db.example/orders', /a reference to a URL/],
])('refuses the connection %s', (connection, message) => {
  const result = parse({ connection });
  expect(result.success).toBe(false);
  expect(JSON.stringify(result.error?.issues)).toMatch(message);
});

test('refuses a pattern that is not schema.table, and keys it does not know', () => {
  const source = { connection: 'env:X', exclude: ['audit'] };
  expect(JSON.stringify(parse(source).error?.issues)).toMatch(/schema\.table/);
  expect(parse({ connection: 'env:X', databses: 'all' }).success).toBe(false);
});
