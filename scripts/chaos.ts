/** `npm run test:chaos [-- --runs 200 --seed N]`: failovers drawn at random, each ended by the invariants. */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '200' }, seed: { type: 'string' } },
});
const file = 'test/failover/chaos/chaos.integration.test.ts';
const argv = ['vitest', 'run', '--project', 'integration', file, '--disable-console-intercept'];
const environment = {
  CHAOS_RUNS: values.runs,
  ...(values.seed !== undefined && { CHAOS_SEED: values.seed }),
};
const child = spawn('npx', argv, { stdio: 'inherit', env: { ...process.env, ...environment } });
child.once('close', (code) => {
  process.exitCode = code ?? 1;
});
