/** How many there were of what is scaled around a failover: on record before the first is taken away. */
import { z } from 'zod';
import { type Freeze, type Scaled, scaledBy, workloadName } from '../../core/config/around.ts';
import type { FailoverRun } from '../../core/contracts/failover.ts';
import { FailoverError } from '../../core/errors.ts';
import type { ClusterAtWork } from './at-work.ts';
import { claimsBefore } from './claim.ts';
import { readStep, recorded } from './records.ts';
import { readUnfinished } from './run-state.ts';

const step = 'freeze-begun';
const countsSchema = z.object({ counts: z.record(z.string(), z.number().int().min(0)) });
/** How many each had, by its name. */
type Counts = z.infer<typeof countsSchema>['counts'];

/** Those of `steps` that are scaled when `node` is on the side that they belong to. */
const scaledOn = <S extends Freeze>(steps: readonly S[], node: string) =>
  steps.flatMap((each) => {
    const scaled = scaledBy(each);
    return scaled === undefined || (scaled.node ?? node) !== node ? [] : [scaled];
  });

/**
 * Remembers how many there are of all that this run freezes. A step that is run again, and a run that goes on with
 * another, keep what was remembered first: what is frozen already says nothing of what it was.
 */
export async function rememberCounts(
  cluster: ClusterAtWork,
  run: FailoverRun,
  { from, mode }: { readonly from: string; readonly mode: string },
): Promise<void> {
  const frozen = scaledOn(cluster.config.freeze, from);
  if (frozen.length === 0 || (await countsOf(cluster, run.epoch)) !== undefined) return;
  const earlier = (await earlierCounts(cluster, run.epoch)) ?? {};
  await recorded(cluster, { ...run, step }, async () => {
    const seen = await Promise.all(
      frozen.map(async ({ workload, count }) => {
        const name = workloadName(workload);
        const desired = await desiredOf(cluster, { workload, mode });
        if (desired === undefined) return [];
        return [[name, desired === count ? (earlier[name] ?? desired) : desired] as const];
      }),
    );
    const counts = Object.fromEntries(seen.flat());
    const lines = Object.entries(counts).map(([name, count]) => `${name} had ${count}`);
    return { lines, data: { counts } };
  });
}

/** Undefined: in a forced run, where nobody answers in the Region that may be gone. */
async function desiredOf(
  cluster: ClusterAtWork,
  { workload, mode }: Pick<Scaled, 'workload'> & { readonly mode: string },
): Promise<number | undefined> {
  try {
    const opened = await cluster.workload(workload);
    return (await opened.read(cluster.signal)).desired;
  } catch (error) {
    if (mode === 'planned' || !isScaling(error)) throw error;
    return undefined;
  }
}

export const isScaling = (error: unknown): error is FailoverError =>
  error instanceof FailoverError && error.code === 'SCALE_FAILED';

/**
 * What has to be given back when `run` is undone: its own, or what a run before it froze that was ended before it
 * fenced. Undefined: nothing.
 */
export async function countsToGiveBack(
  cluster: ClusterAtWork,
  run: FailoverRun,
): Promise<Counts | undefined> {
  const own = await countsOf(cluster, run.epoch);
  if (own !== undefined) return own;
  if ((await readUnfinished(cluster, run.epoch)) !== undefined) return undefined;
  return earlierCounts(cluster, run.epoch);
}

/** All are tried. Rejects with FailoverError UNFREEZE_FAILED, which names those that were not scaled back. */
export async function giveBackCounts(
  cluster: ClusterAtWork,
  counts: Counts | undefined,
): Promise<string[]> {
  const frozen = cluster.config.freeze.flatMap((each) => scaledBy(each)?.workload ?? []);
  const done = await Promise.allSettled(
    Object.entries(counts ?? {}).map(async ([name, count]) => {
      const workload = frozen.find((each) => workloadName(each) === name);
      if (workload === undefined) throw new Error(`${name} is not configured any more`);
      await (await cluster.workload(workload)).scale(count, cluster.signal);
      return `${name} → ${count}, as before`;
    }),
  );
  const left = done.flatMap((each) => (each.status === 'rejected' ? [each.reason.message] : []));
  if (left.length > 0) throw notGivenBack(left, counts ?? {});
  return done.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

/** What it had when it was frozen the last time: by this run, or by one before a failback. */
export async function lastCount(
  cluster: ClusterAtWork,
  { epoch }: FailoverRun,
  name: string,
): Promise<number | undefined> {
  const own = (await countsOf(cluster, epoch))?.[name];
  if (own !== undefined) return own;
  for await (const { epoch: before } of claimsBefore(cluster, epoch)) {
    const count = (await countsOf(cluster, before))?.[name];
    if (count !== undefined) return count;
  }
  return undefined;
}

/** Of the runs before that came to no good end, the newest that froze. */
async function earlierCounts(cluster: ClusterAtWork, epoch: number): Promise<Counts | undefined> {
  for await (const { epoch: before, ended } of claimsBefore(cluster, epoch)) {
    if (ended === 'succeeded' || ended === 'rolled-back') return undefined;
    const counts = await countsOf(cluster, before);
    if (counts !== undefined) return counts;
  }
  return undefined;
}

const countsOf = async (
  { store, name }: Pick<ClusterAtWork, 'store' | 'name'>,
  epoch: number,
): Promise<Counts | undefined> =>
  (await readStep(store, { cluster: name, epoch, step }, countsSchema))?.counts;

const notGivenBack = (left: readonly string[], counts: Counts): FailoverError =>
  new FailoverError(`not everything was scaled back: ${left.join('; ')}`, {
    code: 'UNFREEZE_FAILED',
    hint: `The old primary serves. Scale by hand: ${Object.entries(counts)
      .map(([name, count]) => `${name} to ${count}`)
      .join(', ')}.`,
  });
