import { expect, test } from 'vitest';
import { restoreInputSchema } from '../../../src/core/contracts/machines.ts';

test('a restore that says only its source takes the latest set, overwrites nothing', () => {
  expect(restoreInputSchema.parse({ source: 'shop' })).toEqual({
    source: 'shop',
    at: 'latest',
    only: [],
    overwrite: false,
    from: 'primary',
    retrieval: 'standard',
  });
});
