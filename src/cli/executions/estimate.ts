import type { ProgressUpdate } from '../../core/ports/engine.ts';
import type { ShownUpdate } from '../output/progress.ts';

/** Streams say how many bytes moved, not how many will. */
export function withEstimate(update: ProgressUpdate, expected: number | undefined): ShownUpdate {
  const isUnknown = update.unit === 'bytes' && update.total === undefined;
  if (!isUnknown || expected === undefined || update.done > expected) return update;
  return { ...update, total: expected, isEstimate: true };
}
