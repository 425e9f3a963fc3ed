/** The question that a run asks, and whether somebody means that very plan. */

import type { z } from 'zod';
import type { approveInputSchema } from '../../core/contracts/failover.ts';
import { FailoverRefusedError } from '../../core/errors.ts';
import { newestClaim } from './claim.ts';
import { openApproval, type Place } from './status.ts';

export interface OpenQuestion {
  readonly cluster: string;
  readonly planHash: string;
  readonly execution: string;
  readonly epoch: number;
  /** Of the task that waits. */
  readonly token: string;
}

/** Rejects with FailoverRefusedError APPROVAL_NOT_ASKED, PLAN_CHANGED. */
export async function findQuestion(
  place: Place,
  { cluster, planHash }: z.infer<typeof approveInputSchema>,
): Promise<OpenQuestion> {
  const claim = await newestClaim(place.leaseStore, cluster);
  const open = claim?.ended === null ? await openApproval(place, claim) : undefined;
  if (claim === undefined || open === undefined) throw nothingWaits(cluster);
  if (open.planHash !== planHash) throw otherPlan(cluster, open.planHash);
  const { execution, epoch } = claim;
  return { cluster, planHash, execution, epoch, token: open.token };
}

const nothingWaits = (cluster: string): FailoverRefusedError =>
  new FailoverRefusedError(`no failover of ${cluster} waits for an approval`, {
    code: 'APPROVAL_NOT_ASKED',
    hint: `holdfast failover status ${cluster} shows where it stands.`,
  });

const otherPlan = (cluster: string, planHash: string): FailoverRefusedError =>
  new FailoverRefusedError(`what waits is plan ${planHash}, not the one named`, {
    code: 'PLAN_CHANGED',
    hint: `Look at it: holdfast failover plan ${cluster}.`,
  });
