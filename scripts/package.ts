/** npm run package -- --stage NAME [--config FILE] [--out FOLDER] */
import { parseArgs } from 'node:util';
import { makePackage } from '../infra/package.ts';
import { run } from './run.ts';

await run(async () => {
  const { values } = parseArgs({
    options: {
      stage: { type: 'string' },
      config: { type: 'string', default: 'holdfast.yaml' },
      out: { type: 'string' },
    },
  });
  const { stage = 'dev', config, out } = values;
  const { folder, template, recovery, warnings } = await makePackage({
    stage,
    config,
    folder: out,
  });
  process.stdout.write(`packaged ${stage} into ${folder}\n  template: ${template}\n`);
  if (recovery) process.stdout.write(`  recovery: ${recovery.template}\n`);
  for (const line of [warnings, recovery?.warnings ?? []].flat()) {
    process.stderr.write(`warning: ${line}\n`);
  }
});
