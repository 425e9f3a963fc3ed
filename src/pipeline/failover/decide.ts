/** The plan of a run, made of the world as it is now. */
import type { FailoverRun } from '../../core/contracts/failover.ts';
import { FailoverError, FailoverRefusedError } from '../../core/errors.ts';
import { type FailoverPlan, planFailover } from '../../core/failover/plan.ts';
import type { World } from '../../core/failover/world.ts';
import type { ClusterNode } from '../../core/ports/failover-engine.ts';
import type { ClusterAtWork } from './at-work.ts';
import { observeWorld } from './observe.ts';
import { readCourse, readEarlier } from './run-state.ts';

export interface Decided {
  readonly world: World;
  readonly plan: FailoverPlan;
}

type Wish = Pick<FailoverRun, 'mode' | 'to'>;

export async function decide(cluster: ClusterAtWork, wish: Wish): Promise<Decided> {
  const world = await observeWorld(cluster);
  const plan = planFailover(world, {
    cluster: cluster.name,
    config: cluster.config,
    mode: wish.mode,
    to: wish.to ?? undefined,
    distanceBytes: cluster.engine.distanceBytes,
  });
  return { world, plan };
}

/** Rejects with FailoverRefusedError where the plan does, unless the run goes on with one that was fenced. */
export async function decideRun(cluster: ClusterAtWork, run: FailoverRun): Promise<Decided> {
  const earlier = await readEarlier(cluster, run);
  const decided = await decide(cluster, { ...run, to: earlier?.to ?? run.to });
  if (earlier === undefined) {
    refuse(decided.plan);
    return decided;
  }
  // It is that plan which was approved, and it is under way: the world it was made of is gone.
  return { ...decided, plan: { ...decided.plan, ...earlier, refusals: [] } };
}

export function refuse({ cluster, refusals }: FailoverPlan): void {
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
