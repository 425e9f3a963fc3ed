/** Time as the runner sees it; tests pass their own. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  readonly now: () => Date;
  /** Resolves after that long; rejects with the signal's reason when aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export function systemClock(): Clock {
  return {
    now: () => new Date(),
    sleep: async (milliseconds, signal) => {
      await delay(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
    },
  };
}

/** Looks at the wall clock again at least so often: it may jump, and the machine may sleep. */
const longestNap = 30_000;

/** Returns once the clock has passed `deadline`. */
export async function sleepUntil(deadline: Date, clock: Clock, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  for (;;) {
    const remaining = deadline.getTime() - clock.now().getTime();
    if (remaining <= 0) return;
    await clock.sleep(Math.min(remaining, longestNap), signal);
  }
}
