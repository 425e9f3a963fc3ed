/** From the end of an execution to what alerting is told: problems that are there, and those that are gone. */
import {
  type AlertChange,
  backupFailed,
  backupPartial,
  cleared,
  copyFailed,
  drillFailed,
  drillTooSlow,
  keysPending,
  type Problem,
  raised,
  restoreFailed,
  retentionBlocked,
  sizeAnomaly,
  thawWaiting,
  verifyFailed,
} from '../../core/alerts/index.ts';
import type { EventName } from '../../core/config/schema.ts';
import type { SourceBase } from '../../core/config/source.ts';
import type { NotifyEvent } from '../../core/contracts/functions.ts';
import { type ErrorReport, exitCodes } from '../../core/errors.ts';
import { executionLink } from '../../core/executions.ts';
import { failureOfTask, failureReport } from '../../core/failure.ts';
import type { RunResults } from './run-results.ts';

export interface OutcomeFacts {
  readonly event: NotifyEvent;
  readonly source: SourceBase;
  /** What the steps left in the vault. */
  readonly results: RunResults;
  /** `rpoStatus(…).text`. */
  readonly impact: string;
  readonly stale: boolean;
}

/** Of LeaseHeldError. */
const heldExitCode = 11;

/** What an execution raises and clears. What it did not look at stays as it was. */
export function outcomeChanges(facts: OutcomeFacts): AlertChange[] {
  const link = executionLink(facts.event.executionArn ?? '');
  return changesOf(facts).map((change) => linked(change, link));
}

const linked = (change: AlertChange, link: string | undefined): AlertChange =>
  link === undefined || change.kind === 'cleared'
    ? change
    : { ...change, problem: { ...change.problem, link } };

function changesOf(facts: OutcomeFacts): AlertChange[] {
  const { event } = facts;
  if (event.outcome === 'skipped') return [];
  if (event.outcome === 'waiting') return [raised(waitingProblem(facts))];
  if (event.outcome === 'failed') return [...failedChanges(facts), ...waitingChanges(facts)];
  switch (event.machine) {
    case 'backup':
      return [...backupChanges(facts), ...copyChanges(facts), retentionChange(facts)];
    case 'drill':
      return [drillChange(facts), ...waitingChanges(facts)];
    case 'restore':
      return [gone(facts, 'restore.failed'), ...waitingChanges(facts)];
    case 'verify':
      return [gone(facts, 'verify.failed')];
    case 'retain':
      return [retentionChange(facts)];
  }
}

function waitingProblem({ event, impact }: OutcomeFacts): Problem {
  const { machine, execution, input, waitsFor = '' } = event;
  return thawWaiting({ source: input.source, impact, execution, machine, waitsFor });
}

/** However it ended, it no longer waits. */
function waitingChanges({ event, impact }: OutcomeFacts): AlertChange[] {
  const { machine, execution, input } = event;
  if (machine !== 'restore' && machine !== 'drill') return [];
  const detail = `The ${machine} ${execution} of ${input.source} has ended: ${event.outcome}.`;
  const name = { event: 'restore.waiting', source: input.source } as const;
  return [cleared(name, { detail, impact })];
}

/** A run that found another at work, or that somebody stopped, is no news: the other one will tell. */
function failedChanges(facts: OutcomeFacts): AlertChange[] {
  const report = failureOf(facts);
  const wasHeld = report.exitCode === heldExitCode;
  return wasHeld || isStopped(facts, report) ? [] : [raised(failedProblem(facts, report))];
}

/** In the cloud nobody stops a task but the platform: who stops a run aborts its execution. */
const isStopped = ({ event }: OutcomeFacts, { exitCode }: ErrorReport): boolean =>
  exitCode === exitCodes.interrupted && executionLink(event.executionArn ?? '') === undefined;

function failedProblem({ event, results, impact }: OutcomeFacts, report: ErrorReport): Problem {
  const { source } = event.input;
  const run = { source, execution: event.execution, report, impact };
  const backup = String(event.input['backupId'] ?? results.dump?.backupId ?? 'latest');
  if (event.machine === 'restore') return restoreFailed(run);
  if (event.machine === 'drill') return drillFailed(run);
  if (event.machine === 'retain') return retentionBlocked(run);
  const isVerification = event.machine === 'verify' || event.step === 'Verify backup';
  return isVerification ? verifyFailed({ source, backup, report, impact }) : backupFailed(run);
}

/** ECS has no words: then what the task left. */
export const failureOf = ({
  event,
  results,
}: Pick<OutcomeFacts, 'event' | 'results'>): ErrorReport =>
  failureOfTask(event.failure ?? { Error: 'States.TaskFailed', Cause: '' }, results.taskError);

function backupChanges(facts: OutcomeFacts): AlertChange[] {
  const { event, results, impact, stale } = facts;
  const { verify } = results;
  const set = { source: event.input.source, backup: String(verify?.backupId), impact };
  const partialReasons = verify?.outcome === 'partial' ? verify.partialReasons : [];
  const anomalies = verify?.anomalies ?? [];
  const recipients = verify?.keysPending ?? [];
  return [
    gone(facts, 'backup.failed'),
    gone(facts, 'verify.failed'),
    event.outcome === 'partial'
      ? raised(backupPartial({ ...set, partialReasons }))
      : gone(facts, 'backup.partial'),
    anomalies.length > 0
      ? raised(sizeAnomaly({ ...set, anomalies }))
      : gone(facts, 'backup.size-anomaly'),
    recipients.length > 0
      ? raised(keysPending({ ...set, recipients }))
      : gone(facts, 'keys.pending'),
    ...(stale ? [] : [gone(facts, 'backup.stale')]),
  ];
}

function copyChanges(facts: OutcomeFacts): AlertChange[] {
  const { event, results, impact } = facts;
  const { execution, copyFailure } = event;
  const { source } = event.input;
  const destinations = results.copies?.destinations ?? [];
  const changes = destinations.map(({ name, error }) =>
    error
      ? raised(copyFailed({ source, execution, impact, destination: name, report: report(error) }))
      : gone(facts, 'copy.failed', name),
  );
  if (!copyFailure) return [...changes, gone(facts, 'copy.failed')];
  if (destinations.some(({ error }) => error)) return changes;
  const words = failureReport(copyFailure);
  return [...changes, raised(copyFailed({ source, execution, impact, report: words }))];
}

function retentionChange(facts: OutcomeFacts): AlertChange {
  const { event, results, impact } = facts;
  const { execution, retentionFailure } = event;
  const { source } = event.input;
  const [first] = results.retain?.errors ?? [];
  const found = first ? report(first) : retentionFailure && failureReport(retentionFailure);
  if (!found) return gone(facts, 'retention.blocked');
  return raised(retentionBlocked({ source, execution, impact, report: found }));
}

function drillChange(facts: OutcomeFacts): AlertChange {
  const { event, results, impact, source } = facts;
  const { drill } = results;
  const rto = source.objectives?.rto;
  if (drill?.rto !== 'missed' || rto === undefined) return gone(facts, 'drill.failed');
  const { seconds: measuredSeconds, backupId: backup } = drill;
  const name = event.input.source;
  return raised(drillTooSlow({ source: name, impact, rto, measuredSeconds, backup }));
}

function gone({ event, impact }: OutcomeFacts, name: EventName, part?: string): AlertChange {
  const { source } = event.input;
  const problem = { event: name, source, ...(part !== undefined && { part }) };
  const detail = `The ${event.machine} ${event.execution} of ${source} went well.`;
  return cleared(problem, { detail, impact });
}

/** As parsed, an absent hint may be there as undefined. */
function report({ hint, ...rest }: Omit<ErrorReport, 'hint'> & { hint?: string | undefined }) {
  return hint === undefined ? rest : { ...rest, hint };
}
