import type { SucceedState } from '../definition/states-language.ts';
import { leave } from './leave.ts';
import type { StateRunner } from './visit.ts';

export const runSucceed: StateRunner<SucceedState> = (visit) =>
  leave(visit, {
    assign: undefined,
    output: visit.state.Output,
    next: undefined,
    fallback: visit.input,
  });
