import type { FailState } from '../definition/states-language.ts';
import { StateError } from '../state-error.ts';
import type { StateRunner } from './visit.ts';

export const runFail: StateRunner<FailState> = async (visit) => {
  const { Error: error = '', Cause: cause = '' } = visit.state;
  const [name, reason] = await Promise.all([
    visit.evaluate(error, { field: 'Error' }),
    visit.evaluate(cause, { field: 'Cause' }),
  ]);
  throw new StateError(String(name), String(reason));
};
