import { ToolError } from '../../core/errors.ts';

export interface Watchdog {
  /** Something moved. */
  touch(): void;
  /** Aborted with ToolError `STALLED` when nothing moved for too long. */
  readonly stalled: AbortSignal;
  /** Watches only while some such work is under way. */
  during<T>(work: Promise<T>): Promise<T>;
  stop(): void;
}

export const defaultStallSeconds = 1800;

export function createWatchdog(what: string, stallSeconds = defaultStallSeconds): Watchdog {
  const stalled = new AbortController();
  const limit = stallSeconds * 1000;
  let [movedAt, running] = [performance.now(), 0];
  const touch = (): void => {
    movedAt = performance.now();
  };
  const look = (): void => {
    if (running === 0 || performance.now() - movedAt < limit) return;
    clearInterval(timer);
    stalled.abort(
      new ToolError(`${what} stalled: not a byte in ${stallSeconds} s`, {
        code: 'STALLED',
        hint: 'See what the source and the network are waiting for, then run it again.',
        retryable: true,
      }),
    );
  };
  const timer = setInterval(look, Math.max(10, Math.min(limit / 4, 10_000)));
  timer.unref();
  return {
    touch,
    async during(work) {
      if (running === 0) touch();
      running += 1;
      try {
        return await work;
      } finally {
        running -= 1;
      }
    },
    stalled: stalled.signal,
    stop: () => clearInterval(timer),
  };
}
