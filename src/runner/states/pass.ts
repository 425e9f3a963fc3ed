import type { PassState } from '../definition/states-language.ts';
import { leave } from './leave.ts';
import type { StateRunner } from './visit.ts';

export const runPass: StateRunner<PassState> = (visit) => {
  const { Assign: assign, Output: output, Next: next } = visit.state;
  return leave(visit, { assign, output, next, fallback: visit.input });
};
