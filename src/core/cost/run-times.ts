/** When the policies of a source run, as far back or ahead as a forecast looks. */
import { nextRun, parseSchedule, type Schedule } from '../schedule.ts';
import { monthMs } from './prices.ts';

export interface Span {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

/** Enough runs to know a rate by; a schedule that runs each minute is not walked for a year. */
const enough = 1500;
const yearMs = 12 * monthMs;

/** Averaged over the next year, or over the next 1,500 runs. 0 for a schedule that is over. */
export function runsPerMonth(expression: string | undefined, now: Date): number {
  if (expression === undefined) return 0;
  const schedule = parseSchedule(expression);
  if (schedule.rule.kind === 'rate') return monthMs / schedule.rule.periodMs;
  const span = { fromMs: now.getTime(), toMs: now.getTime() + yearMs };
  const runs = runTimes(schedule, span, enough);
  const last = runs.at(-1);
  if (last === undefined) return 0;
  const spanMs = runs.length < enough ? yearMs : last - span.fromMs;
  return (runs.length * monthMs) / spanMs;
}

/** Milliseconds since 1970, ascending. */
export function runTimes(schedule: Schedule, { fromMs, toMs }: Span, most = Infinity): number[] {
  const times: number[] = [];
  let run = nextRun(schedule, new Date(fromMs - 1));
  while (run && run.getTime() < toMs && times.length < most) {
    times.push(run.getTime());
    run = nextRun(schedule, run);
  }
  return times;
}

const dayMs = 86_400_000;

/** One run of each UTC day, the first: all that a policy of days, weeks or months needs of that day. */
export function dailyRuns(schedule: Schedule, { fromMs, toMs }: Span): number[] {
  const times: number[] = [];
  let after = fromMs - 1;
  for (;;) {
    const run = nextRun(schedule, new Date(after))?.getTime();
    if (run === undefined || run >= toMs) return times;
    times.push(run);
    after = (Math.floor(run / dayMs) + 1) * dayMs - 1;
  }
}
