/** Before the promotion everything can be undone, and the undoing is proved as well. */
import type { FailoverRun } from '../../core/contracts/failover.ts';
import { FailoverError } from '../../core/errors.ts';
import type { ClusterAtWork } from './at-work.ts';
import { enterStep } from './claim.ts';
import { sidesOf } from './decide.ts';
import { countsToGiveBack, giveBackCounts } from './frozen-counts.ts';
import { recorded } from './records.ts';
import { hasBegun, promotionSince } from './run-state.ts';

export interface RolledBack {
  /** `false`: nothing had been touched. */
  readonly touched: boolean;
}

export async function rollBack(cluster: ClusterAtWork, run: FailoverRun): Promise<RolledBack> {
  await enterStep(cluster, run, { honoursAbort: false });
  const fenced = await hasBegun(cluster, run, 'fence');
  const counts = await countsToGiveBack(cluster, run);
  if (!fenced && counts === undefined) return { touched: false };
  return recorded(cluster, { ...run, step: 'roll-back' }, async () => {
    const lines = fenced ? await giveBackPrimary(cluster, run) : [];
    lines.push(...(await giveBackCounts(cluster, counts)));
    return { lines, data: { touched: true } };
  });
}

async function giveBackPrimary(cluster: ClusterAtWork, run: FailoverRun): Promise<string[]> {
  const { source, target } = await sidesOf(cluster, run);
  const { engine, signal, application } = cluster;
  const other = await engine.observe(target, 5, signal);
  if (other.reachable && other.state.role === 'primary') throw tooLate(target.name);
  const sides = { from: source.name, to: target.name };
  const promotion = await promotionSince(cluster, sides, run.epoch);
  // It took writes, perhaps; that it is silent now takes none of them back.
  if (promotion === 'done') throw tooLate(target.name);
  if (promotion === 'begun') await engine.withdrawPromotion?.(target, signal);
  const actions = await engine.unfence(source, signal);
  const { accepted, seen } = await engine.probeWrite(application, source, signal);
  if (!accepted) throw notBack(source.name, seen);
  return [...actions, `${source.name} accepts the application's writes again: ${seen}`];
}

const tooLate = (node: string): FailoverError =>
  new FailoverError(`${node} is primary already: there is no way back`, {
    code: 'PAST_NO_RETURN',
    hint: 'Start the failover anew: it goes on forward.',
  });

const notBack = (node: string, seen: string): FailoverError =>
  new FailoverError(`${node} does not accept writes after the roll back: ${seen}`, {
    code: 'ROLL_BACK_UNPROVEN',
    hint: 'Nobody accepts writes now: start it by hand, or start the failover anew.',
  });
