/** How much is in memory: parts on their way, of all streams together, plus one filling per stream. */
import type { Limits } from '../../core/config/schema.ts';

const mebibyte = 1024 * 1024;
/** S3 takes no smaller part but the last; larger ones only cost memory. */
const [smallestPart, largestPart] = [5 * mebibyte, 8 * mebibyte];
/** The runtime itself, with the libraries of a task. */
const runtimeBytes = 128 * mebibyte;

export interface PartLimits {
  readonly partSizeBytes: number;
  /** At once, in both directions; `memoryMiB` may allow fewer than `concurrency`. */
  readonly partsInFlight: number;
}

export function partLimits({
  concurrency,
  memoryMiB,
}: Omit<Limits, 'uploadMiBPerSecond'>): PartLimits {
  const budget = Math.max(memoryMiB * mebibyte - runtimeBytes, 0);
  const share = Math.floor(budget / (2 * concurrency));
  const partSizeBytes = Math.min(Math.max(share, smallestPart), largestPart);
  const fitting = Math.floor(budget / (2 * partSizeBytes));
  return { partSizeBytes, partsInFlight: Math.max(1, Math.min(concurrency, fitting)) };
}
