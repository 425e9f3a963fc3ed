/** The end of every run: its report in the vault, its claim closed, people told. */
import { type AlertChange, cleared, raised } from '../../core/alerts/index.ts';
import type { FailoverOutcome, ReportEvent } from '../../core/contracts/failover.ts';
import { concludeRun } from '../../core/failover/conclude.ts';
import { failoverEnded, failoverEvents } from '../../core/failover/problems.ts';
import { type FailoverReport, reportPage } from '../../core/failover/report.ts';
import { reportHtml } from '../../core/failover/report-html.ts';
import { failureReport } from '../../core/failure.ts';
import { layout } from '../../core/layout.ts';
import type { ObjectStore } from '../../core/ports/store.ts';
import { encodeDocument, hasCode } from '../vault/documents.ts';
import type { ClusterAtWork } from './at-work.ts';
import { endClaim } from './claim.ts';
import { noteBackup } from './note-backup.ts';
import { readSteps } from './records.ts';

export interface Reported {
  readonly outcome: FailoverOutcome;
  readonly epoch: number;
}

export async function report(cluster: ClusterAtWork, event: ReportEvent): Promise<Reported> {
  const { run, failure, failedStep, undoFailure, rolledBack } = event;
  const { epoch, execution, mode } = run;
  const seen = failure === false ? undefined : failureReport(failure);
  const undone =
    undoFailure === false ? '' : `; undoing it failed: ${failureReport(undoFailure).message}`;
  const key = { cluster: cluster.name, epoch };
  const hasCutOver = (await readSteps(cluster.store, key)).some(({ step }) => step === 'cut-over');
  await noteBackup(cluster, event, hasCutOver);
  const phases = await readSteps(cluster.store, key);
  const made = concludeRun({
    ...{
      cluster: cluster.name,
      epoch,
      execution,
      mode,
      config: cluster.config,
      phases,
      rolledBack,
    },
    failure: seen
      ? { step: failedStep || 'unknown', code: seen.code, message: `${seen.message}${undone}` }
      : null,
    refused: seen?.name === 'FailoverRefusedError',
    endedAt: cluster.now().toISOString(),
  });
  await keep(cluster, made);
  const counts = await endClaim(cluster, epoch, made.outcome);
  // What a newer run has told people is true; this one slept through it.
  if (counts) await cluster.tell(changesOf(made));
  return { outcome: made.outcome, epoch };
}

async function keep({ store, name }: ClusterAtWork, made: FailoverReport): Promise<void> {
  const json = layout.report(name, made.epoch, 'json');
  await create(store, json, encodeDocument(made));
  const pages = { md: reportPage(made), html: reportHtml(made) } as const;
  for (const [kind, text] of Object.entries(pages) as ['md' | 'html', string][]) {
    await create(store, layout.report(name, made.epoch, kind), Buffer.from(text));
  }
}

/** A report is evidence: the first one of a run stays. */
async function create(store: ObjectStore, key: string, bytes: Uint8Array): Promise<void> {
  try {
    await store.put(key, bytes, { ifAbsent: true });
  } catch (error) {
    if (!hasCode(error, 'OBJECT_EXISTS')) throw error;
  }
}

/** What the run itself opened is closed by its end; a bad end opens its own. */
function changesOf({
  cluster,
  outcome,
  execution,
  failure,
  writable,
}: FailoverReport): AlertChange[] {
  const detail = `Outcome: ${outcome}; ${writable ?? 'nobody is known to'} accepts writes.`;
  const ended =
    outcome === 'succeeded'
      ? undefined
      : failoverEnded({ cluster, outcome, execution, detail: failure?.message ?? detail });
  const closed = failoverEvents
    .filter((event) => event !== ended?.event)
    .filter(
      (event) =>
        outcome === 'succeeded' ||
        event === 'failover.started' ||
        event === 'failover.awaiting-approval',
    )
    .map((event) => cleared({ event, source: cluster }, { detail, impact: detail }));
  return ended === undefined ? closed : [raised(ended), ...closed];
}
