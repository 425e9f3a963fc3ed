/** Whether the primary is gone, as one look says it, and what speaks against beginning without a person. */
import type { ClusterConfig } from '../config/cluster.ts';
import type { Unfinished } from './go-on.ts';
import type { FailoverPlan } from './plan.ts';

export interface Sight {
  /** `unclear`: fewer than two places see it down, and none sees it at work. */
  readonly sees: 'up' | 'down' | 'unclear';
  /** A line for each place that was asked. */
  readonly seen: string;
}

/** `plan`: of a forced failover, which is refused for a primary that somebody sees at work. */
export function sightOf({
  vantages,
  refusals,
}: Pick<FailoverPlan, 'vantages' | 'refusals'>): Sight {
  const codes = refusals.map(({ code }) => code);
  const seen = vantages.map(({ place, sees, seen: words }) => `${place} sees it ${sees}: ${words}`);
  const alive = codes.includes('PRIMARY_ALIVE') ? 'up' : 'down';
  return { sees: codes.includes('VANTAGE_ALONE') ? 'unclear' : alive, seen: seen.join('; ') };
}

interface Circumstances {
  readonly plan: Pick<FailoverPlan, 'refusals'>;
  readonly detection: ClusterConfig['detection'];
  readonly unfinished: Pick<Unfinished, 'epoch'> | undefined;
  /** Within the hour after its last step a run's claim still counts. */
  readonly lastRunCounts: boolean;
}

/**
 * Why no run is begun; undefined: one is. Whoever fails over again within the hour fails over for the reason of
 * the first time, so that is left to a person (orchestrator's RecoveryPeriodBlockSeconds is 3600 as well).
 */
export function staysManual(seen: Circumstances): string | undefined {
  const { plan, detection, unfinished, lastRunCounts } = seen;
  if (!detection.automatic) return 'an automatic start is not allowed (`detection.automatic`)';
  if (unfinished !== undefined) return `epoch ${unfinished.epoch} came to no end`;
  if (lastRunCounts) return 'the last run was less than an hour ago';
  const against = plan.refusals.map(({ text }) => text);
  return against.length === 0 ? undefined : `it would be refused: ${against.join('; ')}`;
}
