/** One night: lists of ten by a Distributed Map, tasks by a token bucket, each run as long as its bytes take. */

export interface NightOptions {
  /** Of each run, in the order of the list. */
  readonly seconds: readonly number[];
  /** Child executions of the Distributed Map at a time, with ten runs each. */
  readonly children: number;
  readonly perChild: number;
  /** Tasks that Fargate starts at once, and then each second. */
  readonly bucket: { readonly burst: number; readonly perSecond: number };
}

export interface Night {
  readonly hours: number;
  /** Executions of `backup` that are open at the same time, at most. */
  readonly open: number;
  /** Starts of executions within one second, at most. */
  readonly startsPerSecond: number;
  readonly tasksPerSecond: number;
  /** Tasks that had to wait for the bucket, and how long at most. */
  readonly delayed: number;
  readonly longestDelaySeconds: number;
}

export function simulateNight({ seconds, children, perChild, bucket }: NightOptions): Night {
  const starts: number[] = [];
  const tasks: { readonly wanted: number; readonly at: number }[] = [];
  const intervals: { readonly from: number; readonly to: number }[] = [];
  const takeToken = tokens(bucket);
  const free = Array.from({ length: children }, () => 0);
  for (let n = 0; n < seconds.length; n += perChild) {
    const child = free.indexOf(Math.min(...free));
    const from = free[child] ?? 0;
    const ends = seconds.slice(n, n + perChild).map((length) => {
      const at = takeToken(from);
      tasks.push({ wanted: from, at });
      starts.push(from);
      intervals.push({ from, to: at + length });
      return at + length;
    });
    // The next ten wait for the slowest of these.
    free[child] = Math.max(...ends);
  }
  const delays = tasks.map(({ wanted, at }) => at - wanted);
  return {
    hours: Math.max(...free) / 3600,
    open: mostAtOnce(intervals),
    startsPerSecond: mostInASecond(starts),
    tasksPerSecond: mostInASecond(tasks.map(({ at }) => at)),
    delayed: delays.filter((delay) => delay > 0).length,
    longestDelaySeconds: Math.max(...delays),
  };
}

/** When a task that is wanted at `now` starts. Asked in ascending order, as children come free. */
function tokens({ burst, perSecond }: NightOptions['bucket']): (now: number) => number {
  let level = burst;
  let last = 0;
  return (wanted) => {
    const now = Math.max(wanted, last);
    level = Math.min(burst, level + (now - last) * perSecond);
    last = now;
    if (level >= 1) {
      level -= 1;
      return now;
    }
    const wait = (1 - level) / perSecond;
    level = 0;
    last = now + wait;
    return last;
  };
}

function mostInASecond(times: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const time of times) {
    const second = Math.floor(time);
    counts.set(second, (counts.get(second) ?? 0) + 1);
  }
  return Math.max(...counts.values());
}

function mostAtOnce(intervals: readonly { readonly from: number; readonly to: number }[]): number {
  const changes = intervals.flatMap(({ from, to }) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ]);
  let now = 0;
  let most = 0;
  for (const { by } of changes.toSorted((a, b) => a.at - b.at || a.by - b.by)) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}
