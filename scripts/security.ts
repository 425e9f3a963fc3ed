/** npm run -s security: writes the roles of the example's stack into docs/security.md. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePackage, readTemplate } from '../infra/package.ts';
import { withRoles } from '../infra/stack/security-page.ts';
import { run } from './run.ts';

const page = new URL('../docs/security.md', import.meta.url);

await run(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-security-'));
  try {
    const { template } = await makePackage({ stage: 'prod', config: 'examples/aws.yaml', folder });
    const text = await readFile(page, 'utf8');
    await writeFile(page, withRoles(text, await readTemplate(template)));
  } finally {
    await rm(folder, { recursive: true });
  }
});
