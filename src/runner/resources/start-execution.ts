/** `states:startExecution`: a nested execution in the same journal; under `.sync:2` it is waited for. */
import type { Json } from '../../core/canonical-json.ts';
import { executionArn, machineArn } from '../execution.ts';
import type { ExecutionRecord } from '../journal/records.ts';
import { StateError } from '../state-error.ts';
import type { Resource, TaskCall } from './resource.ts';

/** What a nested execution needs of the runner. */
export interface Nesting {
  readonly mintName: (machine: string) => string;
  /** Starts it, or finds the one of that name and takes it up again. */
  readonly start: (
    machine: string,
    input: Json,
    options: { readonly name: string; readonly parent: string; readonly isRepeated: boolean },
  ) => Promise<ExecutionRecord>;
  readonly wait: (id: string, signal: AbortSignal) => Promise<ExecutionRecord>;
  readonly stop: (id: string, cause: string) => Promise<ExecutionRecord>;
}

export function startExecution(nesting: Nesting): Resource {
  return {
    service: 'states',
    action: 'startExecution.sync:2',
    run: async (call) => {
      const begun = await begin(nesting, call);
      call.submitted(answerOf(begun));
      return finish(await waitFor(nesting, begun.id, call));
    },
  };
}

/** It goes on whatever becomes of the one that began it. */
export function beginExecution(nesting: Nesting): Resource {
  return {
    service: 'states',
    action: 'startExecution',
    run: async (call) => answerOf(await begin(nesting, call)),
  };
}

async function begin(nesting: Nesting, call: TaskCall): Promise<ExecutionRecord> {
  const { StateMachineArn, Input = {}, Name } = call.arguments as Record<string, Json>;
  const machine = String(StateMachineArn).split(':').at(-1) ?? '';
  const { child } = call.progress();
  const name = child ?? (Name ? String(Name) : nesting.mintName(machine));
  // Journaled first: a repeated step finds the execution it had started.
  if (child === undefined) call.remember({ child: name });
  const options = { name, parent: call.execution, isRepeated: child !== undefined };
  return nesting.start(machine, Input, options).catch((cause: unknown) => {
    throw refused(cause);
  });
}

const answerOf = (begun: ExecutionRecord): Json => ({
  ExecutionArn: executionArn(begun),
  StartDate: Date.parse(begun.startedAt),
});

async function waitFor(nesting: Nesting, name: string, { signal }: TaskCall) {
  try {
    return await nesting.wait(name, signal);
  } catch (cause) {
    if (signal.aborted && endsChildren(signal.reason)) {
      await nesting.stop(name, 'its parent was ended');
    }
    throw cause;
  }
}

/** A runner that merely shuts down leaves its executions to whoever resumes them. */
const endsChildren = (reason: unknown): boolean =>
  !(reason instanceof Error && 'kind' in reason && reason.kind === 'suspended');

function finish(child: ExecutionRecord): Json {
  const described = describe(child);
  if (child.status === 'SUCCEEDED') return described;
  throw new StateError('States.TaskFailed', JSON.stringify(described));
}

/** DescribeExecution's response in PascalCase; under `.sync:2` Input and Output are JSON. */
function describe(child: ExecutionRecord): Json {
  return {
    ExecutionArn: executionArn(child),
    Input: child.input,
    Name: child.id,
    StartDate: Date.parse(child.startedAt),
    StateMachineArn: machineArn(child.machine),
    Status: child.status,
    ...(child.output === undefined ? {} : { Output: child.output }),
    ...(child.error === undefined ? {} : { Error: child.error }),
    ...(child.cause === undefined ? {} : { Cause: child.cause }),
    ...(child.stoppedAt === undefined ? {} : { StopDate: Date.parse(child.stoppedAt) }),
  };
}

/** Errors of the API reference, StartExecution, as the integration names them. */
const errorNames = new Map([
  ['EXECUTION_EXISTS', 'StepFunctions.ExecutionAlreadyExistsException'],
  ['EXECUTION_NAME', 'StepFunctions.InvalidNameException'],
  ['MACHINE_NOT_FOUND', 'StepFunctions.StateMachineDoesNotExistException'],
]);

function refused(cause: unknown): StateError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const message = cause instanceof Error ? cause.message : String(cause);
  const error = errorNames.get(String(code)) ?? 'StepFunctions.AWSStepFunctionsException';
  return new StateError(error, message);
}
