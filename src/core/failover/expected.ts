/** How long a run will take, by what earlier ones took. */
import { z } from 'zod';
import { median } from '../median.ts';
import type { FailoverMode } from './plan.ts';
import type { FailoverReport } from './report.ts';

export const expectedSchema = z.object({
  /** How many runs it is the median of. */
  runs: z.number(),
  /** Of that mode on these servers, or of drills where there was none. */
  of: z.enum(['failovers', 'drills']),
  outageMilliseconds: z.number().nullable(),
  /** By step. */
  milliseconds: z.record(z.string(), z.number()),
});
export type Expected = z.infer<typeof expectedSchema>;

/** So many make the median. */
const compared = 7;

/** Reports newest first. `null`: none of that mode came to its end yet. */
export function expectedTimes(
  reports: readonly FailoverReport[],
  drills: readonly FailoverReport[],
  mode: FailoverMode,
): Expected | null {
  const ended = (of: Expected['of'], all: readonly FailoverReport[]) => ({
    of,
    all: all.filter((run) => run.mode === mode && run.outcome === 'succeeded').slice(0, compared),
  });
  const real = ended('failovers', reports);
  const { of, all } = real.all.length > 0 ? real : ended('drills', drills);
  if (all.length === 0) return null;
  const outages = all.flatMap(({ outageMilliseconds }) => outageMilliseconds ?? []);
  return {
    ...{ runs: all.length, of },
    outageMilliseconds: outages.length === 0 ? null : Math.round(median(outages)),
    milliseconds: stepTimes(all),
  };
}

function stepTimes(runs: readonly FailoverReport[]): Record<string, number> {
  const steps = Map.groupBy(
    runs.flatMap(({ phases }) => phases),
    ({ step }) => step,
  );
  return Object.fromEntries(
    [...steps].map(([step, all]) => [
      step,
      Math.round(median(all.map(({ milliseconds }) => milliseconds))),
    ]),
  );
}
