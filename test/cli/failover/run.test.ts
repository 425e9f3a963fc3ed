import { expect, test } from 'vitest';
import { exitCodeOf, type FailoverEnd } from '../../../src/cli/failover/run.ts';
import type { ErrorReport } from '../../../src/core/errors.ts';
import { failureReport } from '../../../src/core/failure.ts';

const error = (changes: Partial<ErrorReport>): ErrorReport => ({
  ...{ name: 'FailoverError', code: 'FENCE_FAILED', message: '', exitCode: 1, retryable: false },
  ...changes,
});
const silence = failureReport({ Error: 'States.Timeout', Cause: '' });

test.each<[string, Partial<FailoverEnd>, number]>([
  ['succeeded', { outcome: 'succeeded' }, 0],
  ['exposed', { outcome: 'exposed' }, 23],
  ['rolled back', { outcome: 'rolled-back', error: error({}) }, 20],
  ['refused', { outcome: 'refused', error: error({ exitCode: 21 }) }, 21],
  ['refused by silence: nobody approved in time', { outcome: 'refused', error: silence }, 22],
  ['held by another run', { outcome: 'refused', error: error({ exitCode: 11 }) }, 11],
  ['failed', { outcome: 'failed', error: error({}) }, 1],
  ['failed at a step that took too long', { outcome: 'failed', error: silence }, 1],
])('%s: its own exit status', (_, end, code) => {
  const base = { cluster: 'orders', execution: 'fo', epoch: 1, outcome: 'failed' } as const;
  expect(exitCodeOf({ ...base, ...end })).toBe(code);
});
