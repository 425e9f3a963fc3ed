/** The types of state, one line each. */
import type { State, StateType } from '../definition/states-language.ts';
import { runChoice } from './choice.ts';
import { runFail } from './fail.ts';
import { runMap } from './map.ts';
import { runParallel } from './parallel.ts';
import { runPass } from './pass.ts';
import { runSucceed } from './succeed.ts';
import { runTask } from './task.ts';
import type { Departure, StateRunner, Visit } from './visit.ts';
import { runWait } from './wait.ts';

const runners: { [T in StateType]: StateRunner<Extract<State, { Type: T }>> } = {
  Choice: runChoice,
  Fail: runFail,
  Map: runMap,
  Parallel: runParallel,
  Pass: runPass,
  Succeed: runSucceed,
  Task: runTask,
  Wait: runWait,
};

export function runState(visit: Visit): Promise<Departure> {
  // The table pairs each type with its runner; TypeScript cannot follow that through the index.
  const run = runners[visit.state.Type] as StateRunner<State>;
  return run(visit);
}
