/** The words of each problem: what happened, what it means for the objectives, what to run next. */
import type { Anomaly } from '../anomaly.ts';
import { durationText, sizeText } from '../duration.ts';
import type { ErrorReport } from '../errors.ts';
import type { Problem } from './change.ts';

interface Subject {
  readonly source: string;
  /** `rpoStatus(…).text`. */
  readonly impact: string;
}

interface FailedRun extends Subject {
  readonly execution: string;
  readonly report: ErrorReport;
}

interface SetProblem extends Subject {
  readonly backup: string;
}

const because = ({ message, hint }: ErrorReport): string =>
  hint === undefined ? sentence(message) : `${sentence(message)} ${sentence(hint)}`;

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

const showRun = (execution: string): string => `holdfast executions show ${execution}`;

const runFields = ({ execution, report }: FailedRun) => ({ execution, error: report.code });

export const backupFailed = (run: FailedRun): Problem => ({
  event: 'backup.failed',
  source: run.source,
  severity: 'error',
  title: `Backup of ${run.source} failed`,
  detail: because(run.report),
  impact: run.impact,
  command: showRun(run.execution),
  fields: runFields(run),
});

export const backupPartial = (
  set: SetProblem & { readonly partialReasons: readonly string[] },
): Problem => ({
  event: 'backup.partial',
  source: set.source,
  severity: 'warning',
  title: `Backup of ${set.source} is partial`,
  detail: sentence(firstOf(set.partialReasons)),
  impact: `${set.impact}; \`latest\` passes over partial backups`,
  command: `holdfast show ${set.backup}`,
  fields: { backup: set.backup },
});

/** `missed` is a scheduled time since when no set was taken. */
export const backupStale = (
  subject: Subject & { readonly missed?: Date | undefined },
): Problem => ({
  event: 'backup.stale',
  source: subject.source,
  severity: 'critical',
  title: `Backup of ${subject.source} is stale`,
  detail: subject.missed
    ? `The run scheduled for ${subject.missed.toISOString()} left no backup.`
    : 'No verified backup is recent enough.',
  impact: subject.impact,
  command: `holdfast backup ${subject.source}`,
  fields: {},
});

export const sizeAnomaly = (
  set: SetProblem & { readonly anomalies: readonly Anomaly[] },
): Problem => ({
  event: 'backup.size-anomaly',
  source: set.source,
  severity: 'warning',
  title: `Backup of ${set.source} is unlike the last ones`,
  detail: sentence(set.anomalies.map(anomalyText).join('; ')),
  impact: set.impact,
  command: `holdfast show ${set.backup}`,
  fields: { backup: set.backup },
});

/** `rows 380, 62 % less than the median 1000 of the last 7 (threshold 20 %)`. */
export function anomalyText(anomaly: Anomaly): string {
  const { figure, change, samples } = anomaly;
  const amount = (value: number) => (figure === 'size' ? sizeText(value) : String(value));
  const differs = `${percent(Math.abs(change))} ${change < 0 ? 'less' : 'more'}`;
  const median = `the median ${amount(anomaly.median)} of the last ${samples}`;
  const threshold = `threshold ${percent(anomaly.threshold)}`;
  return `${figure} ${amount(anomaly.current)}, ${differs} than ${median} (${threshold})`;
}

/** Almost everything is not everything: 99.97 % stays below 100 %. */
const percent = (ratio: number): string =>
  `${ratio < 1 ? Math.min(99, Math.round(ratio * 100)) : Math.round(ratio * 100)} %`;

export const copyFailed = (
  run: FailedRun & { readonly destination?: string | undefined },
): Problem => ({
  event: 'copy.failed',
  source: run.source,
  ...(run.destination === undefined ? {} : { part: run.destination }),
  severity: 'error',
  title: `Copy of ${run.source}${run.destination === undefined ? '' : ` to ${run.destination}`} failed`,
  detail: because(run.report),
  impact: `${run.impact}; the backup itself is good, and the next run copies what is missing`,
  command: 'holdfast check',
  fields: runFields(run),
});

export const keysPending = (
  set: SetProblem & { readonly recipients: readonly string[] },
): Problem => ({
  event: 'keys.pending',
  source: set.source,
  severity: 'warning',
  title: `Backup of ${set.source} cannot be opened by every recipient yet`,
  detail: `Not reached: ${firstOf(set.recipients)}. Their key files are added when they answer.`,
  impact: `${set.impact}; the other recipients open it`,
  command: 'holdfast keys test',
  fields: { backup: set.backup },
});

export const verifyFailed = (set: SetProblem & { readonly report: ErrorReport }): Problem => ({
  event: 'verify.failed',
  source: set.source,
  severity: 'critical',
  title: `A backup of ${set.source} failed verification`,
  detail: because(set.report),
  impact: set.impact,
  command: `holdfast verify ${set.backup} --level read`,
  fields: { backup: set.backup, error: set.report.code },
});

export const retentionBlocked = (run: FailedRun): Problem => ({
  event: 'retention.blocked',
  source: run.source,
  severity: 'warning',
  title: `Old backups of ${run.source} could not be removed`,
  detail: because(run.report),
  impact: `${run.impact}; nothing is lost, the vault grows`,
  command: 'holdfast prune --dry-run',
  fields: runFields(run),
});

export const restoreFailed = (run: FailedRun): Problem => ({
  event: 'restore.failed',
  source: run.source,
  severity: 'error',
  title: `Restore of ${run.source} failed`,
  detail: because(run.report),
  impact: run.impact,
  command: showRun(run.execution),
  fields: runFields(run),
});

/** A restore or a drill goes on by itself when its objects can be read. */
export const thawWaiting = (
  run: Subject & {
    readonly execution: string;
    readonly machine: string;
    readonly waitsFor: string;
  },
): Problem => ({
  event: 'restore.waiting',
  source: run.source,
  severity: 'warning',
  title: `The ${run.machine} of ${run.source} waits for an archive tier`,
  detail: sentence(run.waitsFor),
  impact: `${run.impact}; it goes on by itself when everything can be read`,
  command: showRun(run.execution),
  fields: { execution: run.execution },
});

export const drillFailed = (run: FailedRun): Problem => ({
  event: 'drill.failed',
  source: run.source,
  severity: 'critical',
  title: `Drill of ${run.source} failed: its backup is not proven`,
  detail: because(run.report),
  impact: run.impact,
  command: showRun(run.execution),
  fields: runFields(run),
});

/** The drill restored and compared well, but not within the objective. */
export const drillTooSlow = (
  run: Subject & {
    readonly rto: string;
    readonly measuredSeconds: number;
    readonly backup: string;
  },
): Problem => ({
  event: 'drill.failed',
  source: run.source,
  severity: 'error',
  title: `Restoring ${run.source} takes longer than its RTO`,
  detail: `The drill took ${durationText(run.measuredSeconds)}; the RTO is ${run.rto}.`,
  impact: run.impact,
  command: `holdfast show ${run.backup}`,
  fields: { backup: run.backup, seconds: String(Math.round(run.measuredSeconds)) },
});

/** Somebody has taken the lock away, or the bucket: whoever may delete could do so now. */
export const vaultUnlocked = (vault: {
  readonly source: string;
  readonly url: string;
  readonly unlocked: readonly string[];
}): Problem => ({
  event: 'vault.unlocked',
  source: vault.source,
  severity: 'critical',
  title: 'Backups are not locked any more',
  detail: `${vault.url} keeps no lock on ${firstOf(vault.unlocked)}, which the configuration asks for.`,
  impact: 'They can be deleted before their time, by a mistake or by an attacker',
  command: 'holdfast check',
  fields: { sets: String(vault.unlocked.length) },
});

/** Without one of its keys a set may open for nobody. */
export const keyEndangered = (keys: {
  readonly source: string;
  readonly endangered: readonly { readonly arn: string; readonly state: string }[];
}): Problem => ({
  event: 'key.endangered',
  source: keys.source,
  severity: 'critical',
  title: 'A key of the backups is disabled or about to be deleted',
  detail: sentence(firstOf(keys.endangered.map(({ arn, state }) => `${arn} is ${state}`))),
  impact: 'What only this key opens cannot be restored; a key that is deleted never comes back',
  command: 'holdfast keys test',
  fields: { keys: String(keys.endangered.length) },
});

/** A copy that S3 makes and that does not keep up. */
export const replicationLag = (
  set: SetProblem & {
    readonly destination: string;
    readonly lacking: readonly string[];
    readonly minutes: number;
  },
): Problem => ({
  event: 'replication.lag',
  source: set.source,
  part: set.destination,
  severity: 'error',
  title: `The copy of ${set.source} in ${set.destination} lags`,
  detail: `${set.backup}: ${arrivals(set.lacking.length)} in ${set.minutes} minutes: ${firstOf(set.lacking)}.`,
  impact: `${set.impact}; over there an older backup would be restored`,
  command: `holdfast list ${set.source} --from ${set.destination}`,
  fields: { backup: set.backup, lacking: String(set.lacking.length) },
});

const arrivals = (count: number): string =>
  count === 1 ? '1 object has not arrived' : `${count} objects have not arrived`;

/** Whether it keeps up nobody knows. */
export const copyUnreachable = (copy: {
  readonly source: string;
  readonly destination: string;
  readonly report: ErrorReport;
}): Problem => ({
  event: 'replication.lag',
  source: copy.source,
  part: copy.destination,
  severity: 'error',
  title: `The copy ${copy.destination} cannot be looked at`,
  detail: because(copy.report),
  impact: 'Whether the newest backups have arrived there is not known',
  command: 'holdfast check',
  fields: { error: copy.report.code },
});

/** Lists that grow do not belong in a message. */
function firstOf(lines: readonly string[]): string {
  const shown = lines.slice(0, 3).join('; ');
  return lines.length > 3 ? `${shown}; and ${lines.length - 3} more` : shown;
}
