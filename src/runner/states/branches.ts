/** Runs the branches of a Parallel or the items of a Map; the first failure too many ends them. */
import pLimit from 'p-limit';
import type { Failure, Outcome } from '../journal/records.ts';
import { Interruption, type StateError } from '../state-error.ts';
import type { BranchStart, Visit } from './visit.ts';

export interface BranchRun {
  readonly starts: readonly Omit<BranchStart, 'signal'>[];
  readonly concurrency: number;
  /** Called with how many failed so far; a StateError given back ends the others. */
  readonly verdict: (failures: number, last: Failure) => StateError | undefined;
}

/**
 * All outcomes in the order of the starts.
 * @throws StateError the verdict, after every branch has come to rest
 */
export async function runBranches(visit: Visit, run: BranchRun): Promise<Outcome[]> {
  const siblings = new AbortController();
  const signal = AbortSignal.any([visit.signal, siblings.signal]);
  const limit = pLimit(run.concurrency);
  let failures = 0;
  let verdict: StateError | undefined;

  const runOne = async (start: BranchRun['starts'][number]): Promise<Outcome> => {
    signal.throwIfAborted();
    const outcome = await visit.runBranch({ ...start, signal });
    if ('error' in outcome) {
      failures += 1;
      verdict ??= run.verdict(failures, outcome);
      if (verdict !== undefined) siblings.abort(new Interruption('sibling-failed'));
    }
    return outcome;
  };

  const settled = await Promise.allSettled(run.starts.map((start) => limit(() => runOne(start))));
  visit.signal.throwIfAborted();
  if (verdict !== undefined) throw verdict;
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
