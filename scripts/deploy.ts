/** npm run deploy -- --stage NAME [--config FILE] */
import { parseArgs } from 'node:util';
import { deployStage } from '../infra/deploy.ts';
import { run } from './run.ts';

await run(async () => {
  const { values } = parseArgs({
    options: {
      stage: { type: 'string', default: 'dev' },
      config: { type: 'string', default: 'holdfast.yaml' },
    },
  });
  const deployed = await deployStage(values);
  for (const { stack, config, outputs } of [deployed, deployed.recovery ?? []].flat()) {
    process.stdout.write(`deployed ${stack}\n  configuration: ${config}\n`);
    for (const [name, value] of Object.entries(outputs)) {
      process.stdout.write(`  ${name}: ${value}\n`);
    }
  }
});
