/** Writes the pages of docs/ that come from the program; a test fails while they are out of date. */
import { writeFile } from 'node:fs/promises';
import { referencePages } from '../src/cli/reference/pages.ts';

for (const [path, text] of Object.entries(await referencePages())) {
  await writeFile(new URL(`../${path}`, import.meta.url), text);
  process.stdout.write(`${path}\n`);
}
