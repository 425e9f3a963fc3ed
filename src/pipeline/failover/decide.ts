/** The plan of a run, made of the world as it is now. */
import type { FailoverRun } from '../../core/contracts/failover.ts';
import { FailoverError, FailoverRefusedError } from '../../core/errors.ts';
import { goesOn, planToGoOn, type Unfinished } from '../../core/failover/go-on.ts';
import { type FailoverPlan, planFailover } from '../../core/failover/plan.ts';
import type { World } from '../../core/failover/world.ts';
import type { ClusterNode } from '../../core/ports/failover-engine.ts';
import type { ClusterAtWork } from './at-work.ts';
import { observeWorld } from './observe.ts';
import { readCourse, readUnfinished } from './run-state.ts';

export interface Decided {
  readonly world: World;
  readonly plan: FailoverPlan;
  /** The run that this plan goes on with. */
  readonly earlier?: Unfinished;
}

/** `epoch`: of the run that asks; only older ones are gone on with. */
interface Wish extends Pick<FailoverRun, 'mode' | 'to'> {
  readonly epoch?: number;
}

/** What would be done now: a plan made of the world, or the rest of a run that never came to its end. */
export async function decide(cluster: ClusterAtWork, wish: Wish): Promise<Decided> {
  const [world, earlier] = await Promise.all([
    observeWorld(cluster),
    readUnfinished(cluster, wish.epoch),
  ]);
  const plan = planFailover(world, {
    cluster: cluster.name,
    config: cluster.config,
    mode: wish.mode,
    to: wish.to ?? undefined,
    distanceBytes: cluster.engine.distanceBytes,
  });
  if (earlier === undefined || !goesOn(earlier, wish, plan)) return { world, plan };
  return { world, plan: planToGoOn(earlier, plan, { config: cluster.config, world }), earlier };
}

/** Rejects with FailoverRefusedError where the plan does. */
export async function decideRun(cluster: ClusterAtWork, run: FailoverRun): Promise<Decided> {
  const decided = await decide(cluster, run);
  refuse(decided.plan);
  return decided;
}

export function refuse({ cluster, refusals }: Pick<FailoverPlan, 'cluster' | 'refusals'>): void {
  const [first] = refusals;
  if (first === undefined) return;
  const text = refusals.map((each) => each.text).join('; ');
  throw new FailoverRefusedError(`the failover of ${cluster} is refused: ${text}`, {
    code: first.code,
    hint: `Nothing was changed. \`holdfast failover plan ${cluster}\` shows what was seen.`,
  });
}

export interface Sides {
  readonly source: ClusterNode;
  readonly target: ClusterNode;
  readonly mode: FailoverRun['mode'];
}

/** The two nodes of a run, as its plan has fixed them. */
export async function sidesOf(cluster: ClusterAtWork, run: FailoverRun): Promise<Sides> {
  const { from, to, mode } = await readCourse(cluster, run);
  const [source, target] = [cluster.nodes.get(from), cluster.nodes.get(to)];
  if (source !== undefined && target !== undefined) return { source, target, mode };
  throw new FailoverError(`the plan names ${from} and ${to}, which are not both configured`, {
    code: 'PLAN_CHANGED',
    hint: 'The configuration changed during the run; start anew.',
  });
}
