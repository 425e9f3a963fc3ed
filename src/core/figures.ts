/** Figures for dashboards and alarms: on AWS they become metrics. */
import type { RpoStatus } from './objectives.ts';

/** Of all metrics in CloudWatch. */
export const metricNamespace = 'Holdfast';

export interface Figure {
  readonly name: FigureName;
  readonly unit: 'Seconds' | 'Bytes' | 'Count' | 'Percent';
  readonly value: number;
  /** Absent: of the whole stage. */
  readonly source?: string;
}

export const figureNames = [
  'HealthChecks',
  'Sources',
  'StaleSources',
  'OldestOfRpo',
  'VerifiedBackups',
  'BackupAge',
  'StoredBytes',
  'BackupBytes',
  'BackupDuration',
] as const;
export type FigureName = (typeof figureNames)[number];

/** Takes them; never fails. */
export type Measure = (figures: readonly Figure[]) => void;

/** How one source stands, as the health check sees it. */
export interface Standing {
  readonly source: string;
  readonly rpo: RpoStatus;
  /** Absent where not every set was looked at. */
  readonly storedBytes?: number | undefined;
}

/**
 * CloudWatch charges each metric of each source every month: beyond so many sources those of the stage
 * alone are kept, and the rest stands in the logs.
 */
export const mostMeasuredSources = 50;

/** `StaleSources` and `HealthChecks` are there at every check: their absence is an alarm. */
export function healthFigures(
  standings: readonly Standing[],
  stale: readonly string[],
): readonly Figure[] {
  const ratios = standings.flatMap(({ rpo: { ageSeconds, rpoSeconds } }) =>
    ageSeconds === undefined || rpoSeconds === undefined ? [] : [(ageSeconds / rpoSeconds) * 100],
  );
  const sizes = standings.flatMap(({ storedBytes }) => storedBytes ?? []);
  const storedBytes = sizes.reduce((sum, size) => sum + size, 0);
  return [
    { name: 'HealthChecks', unit: 'Count', value: 1 },
    { name: 'Sources', unit: 'Count', value: standings.length },
    { name: 'StaleSources', unit: 'Count', value: stale.length },
    ...(sizes.length === standings.length
      ? [{ name: 'StoredBytes', unit: 'Bytes', value: storedBytes } as const]
      : []),
    ...(ratios.length === 0
      ? []
      : [{ name: 'OldestOfRpo', unit: 'Percent', value: Math.max(...ratios) } as const]),
    ...(standings.length > mostMeasuredSources ? [] : standings.flatMap(sourceFigures)),
  ];
}

function sourceFigures({ source, rpo, storedBytes }: Standing): Figure[] {
  const stored: Figure[] =
    storedBytes === undefined
      ? []
      : [{ name: 'StoredBytes', unit: 'Bytes', value: storedBytes, source }];
  if (rpo.ageSeconds === undefined) return stored;
  return [{ name: 'BackupAge', unit: 'Seconds', value: rpo.ageSeconds, source }, ...stored];
}

/** Of a backup that was just verified. */
export function backupFigures(
  backup: {
    readonly source: string;
    readonly storedBytes: number;
    readonly durationSeconds: number;
  },
  sources: number,
): readonly Figure[] {
  const { source, storedBytes, durationSeconds } = backup;
  const own: Figure[] = [
    { name: 'BackupBytes', unit: 'Bytes', value: storedBytes, source },
    { name: 'BackupDuration', unit: 'Seconds', value: durationSeconds, source },
  ];
  return [
    { name: 'VerifiedBackups', unit: 'Count', value: 1 },
    ...(sources > mostMeasuredSources ? [] : own),
  ];
}
