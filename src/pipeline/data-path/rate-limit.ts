import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `bytes` more may be sent. */
export type RateLimit = (bytes: number, signal: AbortSignal) => Promise<void>;

/** `undefined`: no limit. The clock never jumps: `performance.now`. */
export function createRateLimit(
  mebibytesPerSecond: number | undefined,
  monotonic: () => number = () => performance.now(),
): RateLimit {
  if (mebibytesPerSecond === undefined) return () => Promise.resolve();
  const bytesPerMillisecond = (mebibytesPerSecond * 1024 * 1024) / 1000;
  let freeAt = monotonic();
  return async (bytes, signal) => {
    const now = monotonic();
    const startsAt = Math.max(now, freeAt);
    freeAt = startsAt + bytes / bytesPerMillisecond;
    if (startsAt > now) await sleep(startsAt - now, undefined, { signal });
  };
}
