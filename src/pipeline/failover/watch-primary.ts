/** Looks at the primary until it is seen at work, or was gone so often in a row that it is gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { cleared, raised } from '../../core/alerts/index.ts';
import { durationSeconds } from '../../core/config/values.ts';
import { reportError } from '../../core/errors.ts';
import { type Sight, sightOf, staysManual } from '../../core/failover/detection.ts';
import { type FailoverPlan, planFailover } from '../../core/failover/plan.ts';
import { primaryDown } from '../../core/failover/problems.ts';
import type { ClusterAtWork } from './at-work.ts';
import { isUnderWay, newestClaim } from './claim.ts';
import { observeWorld } from './observe.ts';
import { readUnfinished } from './run-state.ts';

export interface WatchOptions {
  /** How long one that works is looked at; 0: once. */
  readonly forSeconds: number;
  /** Begins a forced run of this cluster, and gives its execution. `epoch`: what it would claim. */
  readonly start: (epoch: number) => Promise<string>;
}

export interface WatchedPrimary {
  /** `run`: a failover is under way, which looks for itself. */
  readonly sees: Sight['sees'] | 'run';
  /** The execution that was begun. */
  readonly started: string | null;
}

export async function watchPrimary(
  cluster: ClusterAtWork,
  { forSeconds, start }: WatchOptions,
): Promise<WatchedPrimary> {
  const endsAt = performance.now() + forSeconds * 1000;
  for (;;) {
    const seen = await look(cluster);
    const gone = seen.sight.sees === 'down' ? await untilSure(cluster, seen) : seen;
    if (gone === 'run') return { sees: 'run', started: null };
    if (gone?.sight.sees === 'down') return declare(cluster, gone, start);
    if (gone !== undefined && performance.now() >= endsAt) return tellUp(cluster, gone.sight);
    await rest(cluster);
  }
}

/** So many looks in a row; undefined: one of them did not see it down. */
async function untilSure(
  cluster: ClusterAtWork,
  first: Looked,
): Promise<Looked | 'run' | undefined> {
  let seen = first;
  for (let down = 1; ; down++) {
    if (seen.sight.sees !== 'down') return undefined;
    if (await isUnderWay(cluster)) return 'run';
    if (down >= cluster.config.detection.failures) return seen;
    await rest(cluster);
    seen = await look(cluster);
  }
}

const rest = ({ config, signal }: ClusterAtWork): Promise<void> =>
  sleep(durationSeconds(config.detection.every) * 1000, undefined, { signal });

interface Looked {
  readonly sight: Sight;
  readonly plan: Pick<FailoverPlan, 'refusals'>;
}

/** A zone that is silent makes nobody's primary dead. */
async function look(cluster: ClusterAtWork): Promise<Looked> {
  const { name, config, engine, signal } = cluster;
  try {
    const world = await observeWorld(cluster);
    const { distanceBytes } = engine;
    const plan = planFailover(world, { cluster: name, config, mode: 'forced', distanceBytes });
    return { sight: sightOf(plan), plan };
  } catch (error) {
    signal.throwIfAborted();
    return { sight: { sees: 'unclear', seen: reportError(error).message }, plan: { refusals: [] } };
  }
}

async function declare(
  cluster: ClusterAtWork,
  { plan, sight }: Looked,
  start: WatchOptions['start'],
): Promise<WatchedPrimary> {
  const { name, config, leaseStore, now } = cluster;
  const [claim, unfinished] = await Promise.all([
    newestClaim(leaseStore, name),
    readUnfinished(cluster),
  ]);
  const manual = staysManual({
    ...{ plan, detection: config.detection, unfinished },
    lastRunCounts: claim !== undefined && new Date(claim.expiresAt) > now(),
  });
  const run = manual === undefined ? await begin(() => start((claim?.epoch ?? 0) + 1)) : { manual };
  await cluster.tell([raised(primaryDown({ cluster: name, seen: sight.seen, run }))]);
  return { sees: 'down', started: 'started' in run ? run.started : null };
}

/** That it could not be begun is told as well: somebody has to. */
const begin = (start: () => Promise<string>) =>
  start().then(
    (started) => ({ started }),
    (error) => ({ manual: reportError(error).message }),
  );

async function tellUp({ name, tell }: ClusterAtWork, { sees, seen }: Sight) {
  const problem = { event: 'failover.primary-down', source: name } as const;
  const words = { detail: `${seen}.`, impact: 'The primary is at work' };
  if (sees === 'up') await tell([cleared(problem, words)]);
  return { sees, started: null };
}
