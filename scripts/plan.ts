/** npm run plan -- --stage NAME [--config FILE] [--against deployed|TEMPLATE] */
import { parseArgs } from 'node:util';
import { planStage } from '../infra/plan.ts';
import { run } from './run.ts';

await run(async () => {
  const { values } = parseArgs({
    options: {
      stage: { type: 'string', default: 'dev' },
      config: { type: 'string', default: 'holdfast.yaml' },
      against: { type: 'string' },
    },
  });
  const plan = await planStage(values);
  for (const { against, changes, warnings } of [plan, plan.recovery ?? []].flat()) {
    const count = changes.length === 1 ? '1 change' : `${changes.length || 'no'} changes`;
    process.stdout.write(`${count} against ${against}\n`);
    for (const line of changes) process.stdout.write(`  ${line}\n`);
    for (const line of warnings) process.stderr.write(`warning: ${line}\n`);
  }
});
