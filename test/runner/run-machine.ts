/** Runs a small state machine in a journal of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../src/core/canonical-json.ts';
import type { Clock } from '../../src/runner/clock.ts';
import {
  createRunner,
  type ExecutionRecord,
  type FunctionHandler,
  type HistoryEvent,
  openJournal,
  type RunnerOptions,
  type TaskLauncher,
} from '../../src/runner/index.ts';

/** A clock that jumps: sleeping takes no time. What was slept is kept. */
export function jumpingClock(start = '2026-11-21T02:00:00.000Z'): Clock & { slept: number[] } {
  let time = Date.parse(start);
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(time),
    sleep: async (milliseconds, signal) => {
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      slept.push(milliseconds);
      time += milliseconds;
    },
  };
}

export const noTasks: TaskLauncher = {
  run: async () => {
    throw new Error('no task was expected');
  },
  endOrphan: async () => undefined,
};

export interface SmallRun {
  readonly input?: Json;
  readonly functions?: Readonly<Record<string, (event: Json) => unknown>>;
  readonly options?: Partial<RunnerOptions>;
  readonly machines?: Readonly<Record<string, object>>;
}

export interface RunResult {
  readonly record: ExecutionRecord;
  readonly history: HistoryEvent[];
}

/** A directory with a runner in it; removed when it goes out of scope. */
export function openRunner(
  machines: Readonly<Record<string, object>>,
  options: Partial<RunnerOptions> = {},
) {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-runner-'));
  const clock = options.clock ?? jumpingClock();
  const journal = openJournal(join(directory, 'journal.db'), { now: clock.now });
  const runner = createRunner({
    machines: Object.fromEntries(
      Object.entries(machines).map(([name, machine]) => [
        name,
        JSON.stringify({ QueryLanguage: 'JSONata', ...machine }),
      ]),
    ),
    substitutions: {},
    functions: {},
    tasks: noTasks,
    journal,
    clock,
    ...options,
  });
  const dispose = async (): Promise<void> => {
    await runner.close();
    journal.close();
    rmSync(directory, { recursive: true });
  };
  return { directory, journal, runner, clock, [Symbol.asyncDispose]: dispose };
}

export async function runMachine(machine: object, run: SmallRun = {}): Promise<RunResult> {
  const { input = {}, functions = {}, options = {}, machines = {} } = run;
  const handlers = Object.entries(functions).map(([name, handler]): [string, FunctionHandler] => [
    name,
    async (event) => handler(event),
  ]);
  await using opened = openRunner(
    { machine, ...machines },
    { functions: Object.fromEntries(handlers), ...options },
  );
  const { id } = await opened.runner.start('machine', input, { name: 'run' });
  const record = await opened.runner.wait(id);
  return { record, history: opened.runner.history(id) };
}

/** A task that calls a function of this name with what `payload` says. */
export const invoke = (
  name: string,
  fields: object = {},
  payload: Json = '{% $states.input %}',
) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: name, Payload: payload },
  ...fields,
});

export const machineOf = (states: Record<string, object>): object => ({
  StartAt: Object.keys(states)[0],
  States: states,
});
