/** A backup whose size or rows are far from those of the last ones: found by figures, not by faith. */

import type { BackupId } from './backup-id.ts';
import { percentRatio } from './config/values.ts';
import type { Totals } from './manifest.ts';
import { median } from './median.ts';

export interface MeasuredSet {
  readonly id: BackupId;
  readonly policy: string;
  readonly method: string;
  readonly partial: boolean;
  readonly totals: Totals;
}

/** Ratios: 0.4 is 40 %. */
export interface AnomalyThresholds {
  readonly size: number;
  readonly rows: number;
}

export interface Anomaly {
  readonly figure: 'size' | 'rows' | 'files';
  readonly current: number;
  /** Of the comparable sets. */
  readonly median: number;
  /** Signed: −0.62 is 62 % less than the median. */
  readonly change: number;
  readonly threshold: number;
  readonly samples: number;
}

const samplesWanted = 7;
const samplesNeeded = 3;
const usual: AnomalyThresholds = { size: 0.5, rows: 0.5 };

/** The thresholds of a source: 50 % where its `anomaly:` says nothing. */
export const anomalyThresholds = (
  configured: { readonly size?: string | undefined; readonly rows?: string | undefined } = {},
): AnomalyThresholds => ({
  size: configured.size === undefined ? usual.size : percentRatio(configured.size),
  rows: configured.rows === undefined ? usual.rows : percentRatio(configured.rows),
});

/** The last seven complete sets before `current` of the same policy and method, newest first. */
export function comparableSets(current: MeasuredSet, sets: readonly MeasuredSet[]): MeasuredSet[] {
  return sets
    .filter(
      ({ id, policy, method, partial }) =>
        id < current.id && policy === current.policy && method === current.method && !partial,
    )
    .sort((a, b) => (a.id < b.id ? 1 : -1))
    .slice(0, samplesWanted);
}

/**
 * Compares stored bytes with `thresholds.size`, rows and the number of files with `thresholds.rows`.
 * Fewer than three comparable sets, or a median of nothing, say nothing.
 */
export function findAnomalies(
  current: Totals,
  earlier: readonly Totals[],
  thresholds: AnomalyThresholds,
): Anomaly[] {
  const { size, rows } = thresholds;
  return [
    ...compare(
      'size',
      size,
      [current, ...earlier].map(({ storedBytes }) => storedBytes),
    ),
    ...compare(
      'rows',
      rows,
      [current, ...earlier].map((totals) => totals.rows),
    ),
    ...compare(
      'files',
      rows,
      [current, ...earlier].map(({ files }) => files),
    ),
  ];
}

function compare(
  figure: Anomaly['figure'],
  threshold: number,
  [current, ...earlier]: readonly (number | undefined)[],
): Anomaly[] {
  const known = earlier.filter((value) => value !== undefined);
  if (current === undefined || known.length < samplesNeeded) return [];
  const middle = median(known);
  if (middle === 0) return [];
  const change = (current - middle) / middle;
  if (Math.abs(change) <= threshold) return [];
  return [{ figure, current, median: middle, change, threshold, samples: known.length }];
}
