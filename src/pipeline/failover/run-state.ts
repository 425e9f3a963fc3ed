/** What a run, or the one that it goes on from, has fixed: read from its records. */
import { z } from 'zod';
import type { FailoverRun } from '../../core/contracts/failover.ts';
import { FailoverError } from '../../core/errors.ts';
import type { Unfinished } from '../../core/failover/go-on.ts';
import { failoverModes } from '../../core/failover/plan.ts';
import type { LossReport } from '../../core/ports/failover-engine.ts';
import type { ClusterAtWork } from './at-work.ts';
import { claimsBefore } from './claim.ts';
import { readStep } from './records.ts';

export const courseSchema = z.object({
  hash: z.string(),
  from: z.string(),
  to: z.string(),
  mode: z.enum(failoverModes),
  loss: z.object({
    bytes: z.number().nullable(),
    seconds: z.number().nullable(),
    text: z.string(),
  }),
});
export type Course = z.infer<typeof courseSchema>;

export const fenceSchema = z.object({
  actions: z.array(z.string()),
  stopPosition: z.string().nullable(),
  lasts: z.boolean(),
  proof: z.string(),
});

export const promotionSchema = z.object({
  timeline: z.string(),
  forkPosition: z.string(),
  already: z.boolean(),
});

export const lossSchema = z.object({
  method: z.string(),
  bytes: z.number().nullable(),
  transactions: z.number().nullable(),
  lost: z.array(z.string()),
});

const measuredSchema = z.object({
  /** Absent in a planned run: there is nothing to lose, once the replica has reached the old primary's end. */
  loss: lossSchema.nullable().default(null),
  reachedEnd: z.boolean().default(false),
});

const nothingLost: LossReport = {
  method: 'the replica had everything up to the end of the old primary before it was promoted',
  ...{ bytes: 0, transactions: 0, lost: [] },
};

type Place = Pick<ClusterAtWork, 'store' | 'name'>;
const keyOf = ({ name }: Place, epoch: number, step: string) => ({ cluster: name, epoch, step });

export async function readCourse(
  cluster: Place,
  { epoch }: Pick<FailoverRun, 'epoch'>,
): Promise<Course> {
  const course = await readStep(cluster.store, keyOf(cluster, epoch, 'assess'), courseSchema);
  if (course !== undefined) return course;
  throw new FailoverError(`epoch ${epoch} has no plan yet`, {
    code: 'PLAN_MISSING',
    hint: 'Start the failover anew.',
  });
}

/**
 * The newest run before `epoch` (absent: of all) that had begun to fence and came to no end. Runs that touched
 * nothing are looked past; one that succeeded or was rolled back leaves nothing behind.
 */
export async function readUnfinished(
  cluster: Claims,
  epoch?: number,
): Promise<Unfinished | undefined> {
  for await (const { epoch: before, ended } of claimsBefore(cluster, epoch)) {
    if (ended === 'succeeded' || ended === 'rolled-back') return undefined;
    if (!(await hasBegun(cluster, { epoch: before }, 'fence'))) continue;
    const course = await readStep(cluster.store, keyOf(cluster, before, 'assess'), courseSchema);
    if (course === undefined) return undefined;
    const promoted = (await promotionSince(cluster, course, before)) === 'done';
    return { ...course, epoch: before, ended, promoted };
  }
  return undefined;
}

type Claims = Place & Pick<ClusterAtWork, 'leaseStore'>;
type Sides = Pick<Course, 'from' | 'to'>;

/** Runs before `before` between the same nodes, back to the last that came to a good end; the newest first. */
async function* onTheWay(
  cluster: Claims,
  { from, to }: Sides,
  before: number,
): AsyncGenerator<Pick<FailoverRun, 'epoch'>> {
  for await (const { epoch, ended } of claimsBefore(cluster, before)) {
    if (ended === 'succeeded' || ended === 'rolled-back') return;
    const course = await readStep(cluster.store, keyOf(cluster, epoch, 'assess'), courseSchema);
    if (course?.from === from && course.to === to) yield { epoch };
  }
}

/** How far the promotion of `to` came, by the run `epoch` and those that it goes on with. */
export async function promotionSince(
  cluster: Claims,
  sides: Sides,
  epoch: number,
): Promise<'none' | 'begun' | 'done'> {
  let reached: 'none' | 'begun' = 'none';
  for await (const run of onTheWay(cluster, sides, epoch + 1)) {
    if ((await readPromotion(cluster, run)) !== undefined) return 'done';
    if (await hasBegun(cluster, run, 'promote')) reached = 'begun';
  }
  return reached;
}

/**
 * What the runs that this one goes on with recorded of `step`, the newest of them: they went from and to the same
 * nodes, and none of them came to a good end.
 */
export async function readEarlier<T>(
  cluster: Claims,
  run: FailoverRun,
  { step, schema }: { readonly step: string; readonly schema: z.ZodType<T> },
): Promise<{ readonly epoch: number; readonly data: T } | undefined> {
  for await (const { epoch } of onTheWay(cluster, await readCourse(cluster, run), run.epoch)) {
    const data = await readStep(cluster.store, keyOf(cluster, epoch, step), schema);
    if (data !== undefined) return { epoch, data };
  }
  return undefined;
}

export const readFence = (cluster: Place, { epoch }: FailoverRun) =>
  readStep(cluster.store, keyOf(cluster, epoch, 'fence'), fenceSchema);

export const readPromotion = (cluster: Place, { epoch }: Pick<FailoverRun, 'epoch'>) =>
  readStep(cluster.store, keyOf(cluster, epoch, 'promote'), promotionSchema);

/** What was measured before the promotion; undefined where nothing was, or nobody could tell. */
export async function readLoss(
  cluster: Place,
  { epoch }: FailoverRun,
): Promise<LossReport | undefined> {
  const place = keyOf(cluster, epoch, 'catch-up');
  const measured = await readStep(cluster.store, place, measuredSchema);
  if (measured?.reachedEnd) return nothingLost;
  const loss = measured?.loss;
  return loss?.bytes === null ? undefined : (loss ?? undefined);
}

/** Whether the run has touched the old primary, or asked the new one to promote itself. */
export const hasBegun = async (
  cluster: Place,
  { epoch }: Pick<FailoverRun, 'epoch'>,
  step: 'fence' | 'promote',
): Promise<boolean> =>
  (await readStep(cluster.store, keyOf(cluster, epoch, `${step}-begun`), z.unknown())) !==
  undefined;
