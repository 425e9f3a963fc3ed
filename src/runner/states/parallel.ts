import type { Json } from '../../core/canonical-json.ts';
import type { ParallelState } from '../definition/states-language.ts';
import type { Outcome } from '../journal/records.ts';
import { checkSize, errorOutput, StateError } from '../state-error.ts';
import { runBranches } from './branches.ts';
import { leave } from './leave.ts';
import { recoverable } from './recovery.ts';
import type { StateRunner, Visit } from './visit.ts';

/** Developer guide, "Parallel workflow state": one failed branch fails all, with its error. */
export const runParallel: StateRunner<ParallelState> = (visit) =>
  recoverable(visit, async () => {
    const input = await branchInput(visit);
    const starts = visit.state.Branches.map((branch, index) => ({
      index,
      branch,
      input,
      events: [],
    }));
    const outcomes = await runBranches(visit, {
      starts,
      concurrency: starts.length,
      verdict: (_, failure) =>
        new StateError(failure.error, failure.cause ?? '', [
          { type: 'ParallelStateFailed', details: { ...failure } },
        ]),
    });
    const result = outputs(outcomes);
    checkSize(result, `the result of ${visit.name}`);
    const { Assign: assign, Output: output, Next: next } = visit.state;
    const events = [{ type: 'ParallelStateSucceeded' }];
    return leave(visit, { assign, output, next, fallback: result, extra: { result }, events });
  });

async function branchInput(visit: Visit<ParallelState>): Promise<Json> {
  const known = visit.progress().arguments;
  if (known !== undefined) return known;
  const { Arguments } = visit.state;
  const input =
    Arguments === undefined ? visit.input : await visit.evaluate(Arguments, { field: 'Arguments' });
  visit.save({ arguments: input }, [{ type: 'ParallelStateStarted' }]);
  return input;
}

export const outputs = (outcomes: readonly Outcome[]): Json[] =>
  outcomes.map((outcome) => ('output' in outcome ? outcome.output : errorOutput(outcome)));
