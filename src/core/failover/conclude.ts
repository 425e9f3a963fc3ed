/** From the records of a run to its outcome and its report. */
import type { ClusterConfig } from '../config/cluster.ts';
import { durationSeconds } from '../config/values.ts';
import type { FailoverOutcome } from '../contracts/failover.ts';
import type { FailoverReport, ReportPhase } from './report.ts';

export interface RunFacts {
  readonly cluster: string;
  readonly epoch: number;
  readonly execution: string;
  readonly mode: string;
  readonly config: Pick<ClusterConfig, 'objectives'>;
  /** Phases by the time they began, each with its data. */
  readonly phases: readonly (ReportPhase & { readonly endedAt: string; readonly data: unknown })[];
  readonly failure: FailoverReport['failure'];
  /** The code of a refusal is no failure of the run. */
  readonly refused: boolean;
  readonly rolledBack: boolean;
  readonly endedAt: string;
}

export function outcomeOf(run: RunFacts): FailoverOutcome {
  if (run.failure === null) return 'succeeded';
  if (has(run, 'cut-over')) return 'exposed';
  if (run.rolledBack) return wasTouched(run) ? 'rolled-back' : 'refused';
  return wasTouched(run) || !run.refused ? 'failed' : 'refused';
}

/** The old primary was fenced, or what surrounds it was scaled; or that of a run before was given back. */
const wasTouched = (run: RunFacts): boolean =>
  ['fence-begun', 'freeze-begun', 'roll-back'].some((step) => has(run, step));

const has = ({ phases }: RunFacts, step: string): boolean =>
  phases.some((each) => each.step === step);

export function concludeRun(run: RunFacts): FailoverReport {
  const { cluster, epoch, execution, mode, failure, endedAt } = run;
  const data = (step: string) =>
    (run.phases.find((each) => each.step === step)?.data ?? {}) as Readonly<
      Record<string, unknown>
    >;
  const text = (step: string, key: string) => (data(step)[key] as string | undefined) ?? null;
  const outageMilliseconds = outageOf(run);
  const loss = has(run, 'loss')
    ? (data('loss') as unknown as FailoverReport['loss'])
    : plannedLoss(run);
  return {
    ...{ format: 1, cluster, epoch, execution, mode, outcome: outcomeOf(run) },
    ...{ from: text('assess', 'from'), to: text('assess', 'to'), planHash: text('assess', 'hash') },
    startedAt: run.phases[0]?.startedAt ?? endedAt,
    endedAt,
    writable: writableOf(run, { from: text('assess', 'from'), to: text('assess', 'to') }),
    fenceProof: text('fence', 'proof'),
    fenceLasts: (data('fence')['lasts'] as boolean | undefined) ?? null,
    loss,
    outageMilliseconds,
    objectives: objectivesOf(run, outageMilliseconds, loss),
    phases: run.phases.map(({ step, startedAt, milliseconds, lines }) => ({
      ...{ step, startedAt, milliseconds, lines },
    })),
    failure,
  };
}

function writableOf(
  run: RunFacts,
  { from, to }: { readonly from: string | null; readonly to: string | null },
): string | null {
  if (has(run, 'verify')) return to;
  if (has(run, 'roll-back') || !has(run, 'fence-begun'))
    return run.mode === 'planned' ? from : null;
  return null;
}

function outageOf(run: RunFacts): number | null {
  const begun = run.phases.find(({ step }) => step === 'fence-begun');
  const back = run.phases.find(({ step }) => step === 'cut-over' || step === 'roll-back');
  if (begun === undefined || back === undefined) return null;
  return Date.parse(back.endedAt) - Date.parse(begun.startedAt);
}

/** The replica has replayed to the very end: that is measured, not assumed. */
function plannedLoss(run: RunFacts): FailoverReport['loss'] {
  if (run.mode !== 'planned' || !has(run, 'promote')) return null;
  const method = 'the replica replayed to the end of the old primary before it was promoted';
  return { method, bytes: 0, transactions: 0, lost: [] };
}

function objectivesOf(
  { config }: RunFacts,
  outage: number | null,
  loss: FailoverReport['loss'],
): FailoverReport['objectives'] {
  const { rto, rpo } = config.objectives;
  const nothingLost = loss?.bytes === 0;
  return [
    ...(rto === undefined
      ? []
      : [
          {
            name: 'RTO',
            wanted: rto,
            met: outage === null ? null : outage <= durationSeconds(rto) * 1000,
          },
        ]),
    // Seconds of loss are not measured: nothing lost meets every objective, else nobody can tell.
    ...(rpo === undefined ? [] : [{ name: 'RPO', wanted: rpo, met: nothingLost ? true : null }]),
  ];
}
