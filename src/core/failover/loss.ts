/** What a failover may lose: estimated before, measured after. Null is "nobody can tell", never zero. */
import type { ClusterConfig, LossBudget } from '../config/cluster.ts';
import type { NodeState } from '../ports/failover-engine.ts';
import type { FailoverMode, Refusal } from './plan.ts';

export interface LossEstimate {
  readonly bytes: number | null;
  /** Since the replica last heard of its primary, in whole seconds. */
  readonly seconds: number | null;
  readonly text: string;
}

interface Sides {
  readonly mode: FailoverMode;
  /** Undefined: the primary does not answer. */
  readonly primary: NodeState | undefined;
  readonly replica: NodeState;
  readonly at: string;
  readonly distanceBytes: (from: string, to: string) => number | null;
}

export function estimateLoss({ mode, primary, replica, at, distanceBytes }: Sides): LossEstimate {
  if (mode === 'planned')
    return { bytes: 0, seconds: 0, text: 'nothing: the replica gets everything first' };
  const seconds = sinceHeard(replica, at);
  const bytes =
    primary === undefined || replica.received === null
      ? null
      : distanceBytes(replica.received, primary.position);
  const heard =
    seconds === null ? 'the replica never heard of it' : `last heard of ${seconds} s ago`;
  const text =
    bytes === null
      ? `not known: the primary does not answer, ${heard}`
      : `${bytes} bytes, ${heard}`;
  return { bytes, seconds, text };
}

function sinceHeard({ heardAt }: NodeState, at: string): number | null {
  if (heardAt === null) return null;
  return Math.max(0, Math.round((Date.parse(at) - Date.parse(heardAt)) / 1000));
}

/**
 * An unknown loss needs somebody who takes it upon himself, or a budget in seconds that is kept: what the replica
 * heard last is known while its primary is silent. Where that is not known either, no budget in seconds is kept.
 */
export function lossRefusals(loss: LossEstimate, { budget, approval }: ClusterConfig): Refusal[] {
  const over = overBudget(loss, budget);
  if (over !== undefined) return [{ code: 'LOSS_OVER_BUDGET', text: over }];
  if (budget.seconds !== undefined) {
    return loss.seconds === null
      ? [{ code: 'LOSS_UNKNOWN', text: `the budget is in seconds, and ${loss.text}` }]
      : [];
  }
  if (loss.bytes === null && !approval.required) {
    return [
      { code: 'LOSS_UNKNOWN', text: `the loss is ${loss.text}, and no approval is asked for` },
    ];
  }
  return [];
}

/** Of a measured loss, which knows no seconds; one that nobody could measure needs somebody as well. */
export function measuredRefusal(
  loss: { readonly bytes: number | null; readonly transactions: number | null },
  { budget, approval }: Pick<ClusterConfig, 'budget' | 'approval'>,
): Refusal | undefined {
  const over = overBudget(loss, budget);
  if (over !== undefined) return { code: 'LOSS_OVER_BUDGET', text: over };
  const unknown = (['bytes', 'transactions'] as const).find(
    (unit) => budget[unit] !== undefined && loss[unit] === null,
  );
  if (unknown === undefined || approval.required) return undefined;
  const text = `the budget is in ${unknown}, which nobody can tell, and no approval is asked for`;
  return { code: 'LOSS_UNKNOWN', text };
}

export function overBudget(
  loss: {
    readonly bytes: number | null;
    readonly seconds?: number | null;
    readonly transactions?: number | null;
  },
  budget: LossBudget,
): string | undefined {
  const limits = [
    ['bytes', loss.bytes, budget.bytes],
    ['transactions', loss.transactions, budget.transactions],
    ['seconds', loss.seconds, budget.seconds],
  ] as const;
  const over = limits.find(([, seen, allowed]) => allowed !== undefined && (seen ?? 0) > allowed);
  return over && `${over[1]} ${over[0]} would be lost; the budget is ${over[2]}`;
}
