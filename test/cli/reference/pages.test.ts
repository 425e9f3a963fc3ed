import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { referencePages } from '../../../src/cli/reference/pages.ts';

it.each(Object.entries(await referencePages()))('%s says what the program does', (path, text) => {
  expect(text.length).toBeGreaterThan(1000);
  expect(readFileSync(path, 'utf8'), 'run `node scripts/reference.ts`').toBe(text);
});
