/** What a run, or the one that it goes on from, has fixed: read from its records. */
import { z } from 'zod';
import type { FailoverRun } from '../../core/contracts/failover.ts';
import { FailoverError } from '../../core/errors.ts';
import { failoverModes } from '../../core/failover/plan.ts';
import type { ClusterAtWork } from './at-work.ts';
import { readStep } from './records.ts';

export const courseSchema = z.object({
  hash: z.string(),
  from: z.string(),
  to: z.string(),
  mode: z.enum(failoverModes),
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

const leaseSchema = z.object({ abandoned: z.number().int().nullable() });

type Place = Pick<ClusterAtWork, 'store' | 'name'>;
const keyOf = ({ name }: Place, epoch: number, step: string) => ({ cluster: name, epoch, step });

export async function readCourse(cluster: Place, { epoch }: FailoverRun): Promise<Course> {
  const course = await readStep(cluster.store, keyOf(cluster, epoch, 'assess'), courseSchema);
  if (course !== undefined) return course;
  throw new FailoverError(`epoch ${epoch} has no plan yet`, {
    code: 'PLAN_MISSING',
    hint: 'Start the failover anew.',
  });
}

/** The course of an abandoned run that had begun to fence: it is gone on with, not decided anew. */
export async function readEarlier(
  cluster: Place,
  { epoch }: Pick<FailoverRun, 'epoch'>,
): Promise<Course | undefined> {
  const lease = await readStep(cluster.store, keyOf(cluster, epoch, 'lease'), leaseSchema);
  const before = lease?.abandoned;
  if (before === undefined || before === null) return undefined;
  const begun = await readStep(cluster.store, keyOf(cluster, before, 'fence-begun'), z.unknown());
  if (begun === undefined) return undefined;
  return readStep(cluster.store, keyOf(cluster, before, 'assess'), courseSchema);
}

export const readFence = (cluster: Place, { epoch }: FailoverRun) =>
  readStep(cluster.store, keyOf(cluster, epoch, 'fence'), fenceSchema);

export const readPromotion = (cluster: Place, { epoch }: FailoverRun) =>
  readStep(cluster.store, keyOf(cluster, epoch, 'promote'), promotionSchema);

/** Whether the run has touched the old primary. */
export const hasBegunFence = async (cluster: Place, { epoch }: FailoverRun): Promise<boolean> =>
  (await readStep(cluster.store, keyOf(cluster, epoch, 'fence-begun'), z.unknown())) !== undefined;
