/** A run that had begun to fence and never came to its end is gone on with, not decided anew. */
import type { ClusterConfig } from '../config/cluster.ts';
import { type FailoverMode, type FailoverPlan, planHash, type Refusal } from './plan.ts';
import { stepsOf } from './steps.ts';
import type { World } from './world.ts';

/** What an earlier run had fixed, and how it ended: null where its executor died. */
export interface Unfinished extends Pick<FailoverPlan, 'from' | 'to' | 'loss'> {
  readonly epoch: number;
  readonly mode: FailoverMode;
  readonly ended: string | null;
  /** It, or one that it went on with, has promoted its target: from there on there is only forward. */
  readonly promoted: boolean;
}

interface Wish {
  readonly mode: FailoverMode;
  readonly to?: string | null | undefined;
}

/**
 * Forced is a wish of its own: the earlier course may wait for a primary that is gone by now. A run that ended
 * as exposed has its primary: it is gone on with only where nothing else can be begun.
 */
export function goesOn(earlier: Unfinished, wish: Wish, fresh: FailoverPlan): boolean {
  if (wish.mode !== 'planned' && wish.mode !== earlier.mode) return false;
  if ((wish.to ?? earlier.to) !== earlier.to) return false;
  return earlier.ended !== 'exposed' || fresh.refusals.length > 0;
}

/**
 * The plan of the earlier run with the configuration of now: the same hash where that did not change. Refused
 * where a new primary is there and silent: nothing can be done forward without it, and nothing back any more.
 */
export function planToGoOn(
  earlier: Unfinished,
  fresh: FailoverPlan,
  { config, world }: { readonly config: ClusterConfig; readonly world: World },
): FailoverPlan {
  const { epoch, ended, mode, from, to, loss } = earlier;
  const course = { cluster: fresh.cluster, mode, from, to, loss };
  const plan = { ...course, steps: stepsOf(config, course) };
  const how = ended === null ? 'never ended' : `ended as ${ended}`;
  const warning = `goes on with epoch ${epoch} (${mode}, ${from} → ${to}), which ${how}`;
  return {
    ...{ ...fresh, ...plan, hash: planHash(plan, config) },
    refusals: silentPrimary(earlier, world),
    warnings: [warning, ...fresh.warnings],
  };
}

function silentPrimary({ promoted, epoch, to }: Unfinished, { nodes }: World): Refusal[] {
  const seen = nodes.find(({ node }) => node === to);
  if (!promoted || seen === undefined || seen.reachable) return [];
  const next = `start it; where it is gone for good, start the old one and fail over by force`;
  const text = `${to} became primary in epoch ${epoch} and does not answer (${seen.seen}): ${next}`;
  return [{ code: 'PAST_NO_RETURN', text }];
}
