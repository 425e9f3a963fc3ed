import type { ChoiceState } from '../definition/states-language.ts';
import { StateError } from '../state-error.ts';
import { leave } from './leave.ts';
import type { StateRunner, Visit } from './visit.ts';

/** Developer guide, "Choice workflow state": the first rule that holds, else Default. */
export const runChoice: StateRunner<ChoiceState> = async (visit) => {
  for (const [index, rule] of visit.state.Choices.entries()) {
    if (await holds(visit, rule.Condition, `Choices[${index}]`)) {
      return leave(visit, {
        assign: rule.Assign,
        output: rule.Output,
        next: rule.Next,
        fallback: visit.input,
        label: `Choices[${index}]/`,
      });
    }
  }
  const { Default: next, Assign: assign, Output: output } = visit.state;
  if (next === undefined) {
    throw new StateError(
      'States.NoChoiceMatched',
      `No choice of ${visit.name} matched, and it has no Default`,
    );
  }
  return leave(visit, { assign, output, next, fallback: visit.input });
};

async function holds(
  visit: Visit<ChoiceState>,
  condition: string | boolean,
  place: string,
): Promise<boolean> {
  const value = await visit.evaluate(condition, { field: `${place}/Condition` });
  if (typeof value === 'boolean') return value;
  throw new StateError(
    'States.QueryEvaluationError',
    `The Condition of ${place} in ${visit.name} gave ${JSON.stringify(value)}, not a boolean`,
  );
}
