import { expect, test } from 'vitest';
import { createMasking } from '../../../src/wiring/secrets/masking.ts';

test.each([
  ['postgres://shop:hunter22@db/shop', 'hunter22 of shop', '[hidden] of shop'],
  ['postgres://shop:hunter%2F22@db/shop', 'hunter/22, hunter%2F22', '[hidden], [hidden]'],
  ['postgres://postgres:postgres@db/', 'ALTER ROLE "postgres"', 'ALTER ROLE "postgres"'],
  ['postgres://postgres:postgres@db/', 'at postgres://postgres:postgres@db/', 'at [hidden]'],
])('masks what is secret of %s', (secret, text, masked) => {
  const masking = createMasking();
  masking.add(secret);
  expect(masking.mask(text)).toBe(masked);
});
