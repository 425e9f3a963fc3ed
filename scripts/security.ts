/** npm run -s security: writes the roles of the examples' stacks into docs/security.md. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePackage, readTemplate } from '../infra/package.ts';
import { withRecoveryRoles, withRoles } from '../infra/stack/security-page.ts';
import { run } from './run.ts';

const page = new URL('../docs/security.md', import.meta.url);

await run(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-security-'));
  try {
    const packaged = (config: string, name: string) =>
      makePackage({ stage: 'prod', config, folder: join(folder, name) });
    const one = await packaged('examples/aws.yaml', 'one');
    const two = await packaged('examples/aws-two-regions.yaml', 'two');
    const first = await readTemplate(two.template);
    const there = await readTemplate(String(two.recovery?.template));
    const text = withRoles(await readFile(page, 'utf8'), await readTemplate(one.template));
    await writeFile(page, withRecoveryRoles(text, { first, there }));
  } finally {
    await rm(folder, { recursive: true });
  }
});
