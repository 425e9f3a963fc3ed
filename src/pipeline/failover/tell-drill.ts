/** The alert of a drill that failed, and its end with the next one that passes. */
import { cleared, raised } from '../../core/alerts/index.ts';
import type { DrilledEvent } from '../../core/contracts/failover.ts';
import { taskResultSchema } from '../../core/contracts/results.ts';
import type { ErrorReport } from '../../core/errors.ts';
import { failoverDrillSchema } from '../../core/failover/drill.ts';
import { failoverDrillFailed } from '../../core/failover/problems.ts';
import { failureOfTask } from '../../core/failure.ts';
import { type Notifier, notify } from '../notify/index.ts';
import { readResult, type Vault } from '../vault/index.ts';

export interface ToldDrill {
  readonly outcome: 'passed' | 'failed';
  /** For the execution's cause. */
  readonly reason: string;
}

export async function tellDrill(
  { execution, input: { cluster }, failure }: DrilledEvent,
  { vault, notifier }: { readonly vault: Vault; readonly notifier: Notifier },
): Promise<ToldDrill> {
  const schema = taskResultSchema(failoverDrillSchema);
  const result = await readResult(vault, execution, 'failover-drill', schema);
  const drill = result !== undefined && 'outcome' in result ? result : undefined;
  if (failure === false && drill?.outcome === 'passed') {
    const detail = `The failover drill ${execution} of ${cluster} passed.`;
    const name = { event: 'drill.failed', source: cluster, part: 'failover' } as const;
    await notify([cleared(name, { detail, impact: drill.trend.text })], notifier);
    return { outcome: 'passed', reason: '' };
  }
  const note = result && 'error' in result ? (result.error as ErrorReport) : undefined;
  const reason =
    failure === false
      ? (drill?.reasons.join('; ') ?? 'it left no result')
      : failureOfTask(failure, note).message;
  await notify([raised(failoverDrillFailed({ cluster, execution, detail: reason }))], notifier);
  return { outcome: 'failed', reason };
}
