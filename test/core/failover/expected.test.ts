import { expect, it } from 'vitest';
import { expectedTimes } from '../../../src/core/failover/expected.ts';
import type { FailoverReport } from '../../../src/core/failover/report.ts';

const run = (outageMilliseconds: number | null, fence: number, changes: object = {}) =>
  ({
    ...{ mode: 'planned', outcome: 'succeeded', outageMilliseconds },
    phases: [{ step: 'fence', milliseconds: fence }],
    ...changes,
  }) as FailoverReport;

it('is the median of the newest runs of that mode that came to their end', () => {
  const reports = [
    run(400, 100),
    run(9000, 9000, { outcome: 'exposed' }),
    run(500, 200),
    run(9000, 9000, { mode: 'forced' }),
    run(900, 600),
  ];
  expect(expectedTimes(reports, [run(1, 1)], 'planned')).toEqual({
    ...{ runs: 3, of: 'failovers', outageMilliseconds: 500 },
    milliseconds: { fence: 200 },
  });
  const many = Array.from({ length: 9 }, (_, n) => run(n < 7 ? 100 : 9000, 1));
  expect(expectedTimes(many, [], 'planned')).toMatchObject({ runs: 7, outageMilliseconds: 100 });
});

it('is that of drills where none ran, and nothing where there was no drill either', () => {
  const drills = [run(null, 100)];
  expect(expectedTimes([], drills, 'planned')).toMatchObject({
    ...{ runs: 1, of: 'drills', outageMilliseconds: null },
  });
  expect(expectedTimes([run(1, 1)], drills, 'forced')).toBeNull();
});
