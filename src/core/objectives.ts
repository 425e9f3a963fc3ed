/** What a source was promised, against what is there: age against RPO, restore time against RTO. */
import { durationSeconds } from './config/values.ts';
import { durationText } from './duration.ts';
import { previousRun, type Schedule } from './schedule.ts';

export interface RpoStatus {
  /** Of the newest verified set; undefined when there is none. A set from the future is 0 s old. */
  readonly ageSeconds: number | undefined;
  readonly rpoSeconds: number | undefined;
  /** True when there is an RPO and no verified set within it. */
  readonly stale: boolean;
  /** For people: `RPO 1h: the newest verified backup is 3h old`. */
  readonly text: string;
}

export function rpoStatus(facts: {
  readonly rpo: string | undefined;
  readonly newestVerifiedAt: Date | undefined;
  readonly now: Date;
}): RpoStatus {
  const { rpo, newestVerifiedAt, now } = facts;
  const ageSeconds =
    newestVerifiedAt &&
    Math.max(0, Math.floor((now.getTime() - newestVerifiedAt.getTime()) / 1000));
  const rpoSeconds = rpo === undefined ? undefined : durationSeconds(rpo);
  const stale = rpoSeconds !== undefined && (ageSeconds === undefined || ageSeconds > rpoSeconds);
  const newest =
    ageSeconds === undefined
      ? 'there is no verified backup'
      : `the newest verified backup is ${durationText(ageSeconds)} old`;
  return {
    ageSeconds,
    rpoSeconds,
    stale,
    text: `${rpo === undefined ? 'no RPO' : `RPO ${rpo}`}: ${newest}`,
  };
}

/** How long a run may take before its absence is an alert. */
export const missedRunGraceSeconds = 3600;

/**
 * The dead-man check, for sources without an RPO too: the newest scheduled time, an hour past at
 * least, since when no set was taken. Undefined when nothing is missing.
 */
export function missedRun(facts: {
  readonly schedules: readonly Schedule[];
  /** Time of the newest committed set. */
  readonly newestAt: Date | undefined;
  /** Runs before this are not missed: the source did not exist or nobody served it. */
  readonly since: Date;
  readonly now: Date;
}): Date | undefined {
  const { schedules, newestAt, since, now } = facts;
  const due = new Date(now.getTime() - missedRunGraceSeconds * 1000);
  const covered = newestAt && newestAt > since ? newestAt : since;
  return schedules
    .flatMap((schedule) => previousRun(schedule, due) ?? [])
    .filter((run) => run > covered)
    .sort((a, b) => b.getTime() - a.getTime())[0];
}

export type RtoStatus = 'met' | 'missed' | 'unmeasured' | 'none';

/** `measuredSeconds` is what the last drill took. */
export function rtoStatus(rto: string | undefined, measuredSeconds: number | undefined): RtoStatus {
  if (rto === undefined) return 'none';
  if (measuredSeconds === undefined) return 'unmeasured';
  return measuredSeconds <= durationSeconds(rto) ? 'met' : 'missed';
}
