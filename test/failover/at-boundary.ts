/**
 * Loaded with `--import` into a Holdfast process: at one boundary of one step, and once, it does what the test wants.
 * FAILOVER_AT is `before fence` or `after promote`; FAILOVER_DO is `SIGKILL`, `SIGSTOP` (this process), or a shell
 * command that is waited for. FAILOVER_SKEW moves its clock by so many seconds. Everything else is as it ships.
 */
import { execFileSync } from 'node:child_process';
import { registerHooks } from 'node:module';

const at = process.env['FAILOVER_AT'];
const what = process.env['FAILOVER_DO'] ?? 'true';
const steps = /\/functions\/failover\/([a-z-]+)\.ts$/;

Object.assign(globalThis, {
  failoverBoundary: (boundary: string): void => {
    if (boundary !== at || process.env['FAILOVER_DONE'] !== undefined) return;
    process.env['FAILOVER_DONE'] = boundary;
    if (what.startsWith('SIG')) process.kill(process.pid, what);
    else execFileSync('sh', ['-c', what], { stdio: ['ignore', 'ignore', 'inherit'] });
  },
});

if (at !== undefined) {
  registerHooks({
    load(url, context, next) {
      const step = steps.exec(url)?.[1];
      if (step === undefined) return next(url, context);
      const source = `import { handler as real } from ${JSON.stringify(`${url}?real`)};
        export const handler = async (...call) => {
          globalThis.failoverBoundary('before ${step}');
          const done = await real(...call);
          globalThis.failoverBoundary('after ${step}');
          return done;
        };`;
      return { format: 'module', source, shortCircuit: true };
    },
  });
}

const skew = Number(process.env['FAILOVER_SKEW'] ?? 0) * 1000;
if (skew !== 0) {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...given: []) {
      if (given.length === 0) super(Real.now() + skew);
      else super(...given);
    }
    static override now = (): number => Real.now() + skew;
  } as DateConstructor;
}
