/** What both sides are asked to do, and what AWS is known to do with it. */
import type { Json } from '../../src/core/canonical-json.ts';
import type { MachineName } from '../../src/core/contracts/machines.ts';
import type { Script } from './script-server.ts';

/** What can be seen of an execution from outside. */
export interface Observation {
  readonly status: string;
  readonly output?: Json;
  /** Of one that failed; one that was stopped or ran out of time has none. */
  readonly error?: string;
  /** Names of the states in the order in which they were entered. */
  readonly states: readonly string[];
  /** What `during` gave. */
  readonly seen?: Json;
}

/** Where state machines run: `src/runner/`, or the emulator. */
export interface Side {
  /** `definition`: a file of `state-machines/`, or states in JSONata. */
  create(name: string, definition: object | MachineName): Promise<void>;
  /** @throws Error whose message has `ExecutionAlreadyExists` where the name is taken */
  start(machine: string, execution: string, input: Json): Promise<void>;
  stop(machine: string, execution: string, cause: string): Promise<void>;
  answer(token: string, answer: TokenAnswer): Promise<void>;
  /** Waits for the end. */
  observe(machine: string, execution: string): Promise<Omit<Observation, 'seen'>>;
}

export type TokenAnswer =
  | { readonly output: Json }
  | { readonly error: string; readonly cause: string }
  | 'heartbeat';

/** An execution under way. */
export interface Live {
  readonly side: Side;
  readonly machine: string;
  readonly execution: string;
  readonly input: Json;
  /** The event with which `actor` was called the `count`th time. */
  called(actor: string, count?: number): Promise<Json>;
  /** How often it was called so far. */
  calls(actor: string): number;
}

export interface Scenario {
  /** A fact, unique among all scenarios. */
  readonly title: string;
  /** The page, or the recorded execution, that says what AWS does. */
  readonly source: string;
  readonly definition: object | MachineName;
  readonly input?: Json;
  /** What functions and tasks do at each call, the last for ever; by default they return null. */
  readonly script?: Script;
  /** Other state machines that are there, by name. */
  readonly alongside?: Readonly<Record<string, object | MachineName>>;
  /** The scripts of executions that it starts, by their names. */
  readonly scripts?: Readonly<Record<string, Script>>;
  /** What is done meanwhile; JSON that it gives is part of what was seen. */
  readonly during?: (live: Live) => Promise<unknown>;
  readonly expected: Observation;
}

const guide = 'https://docs.aws.amazon.com/step-functions/latest/dg';
/** A page of the developer guide. */
export const page = (name: string): string => `${guide}/${name}.html`;
/** Histories that were recorded on AWS, by tests that run against it and against LocalStack. */
export const recorded = (test: string): string =>
  `github.com/localstack/localstack tests/aws/services/stepfunctions/v2/${test}`;

const placeholder = (name: string): string => `\${${name}}`;
const execution = '{% $states.context.Execution.Name %}';

/** A task that calls a scripted function; its result is `$states.result.Payload`. */
export const call = (actor: string, fields: object = {}, payload: object = {}): object => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: {
    FunctionName: placeholder('ScriptedFunctionArn'),
    Payload: { actor, execution, ...payload },
  },
  ...fields,
});

/** A task that hands its token to a scripted function and waits. */
export const ask = (actor: string, fields: object = {}): object =>
  call(
    actor,
    { Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', ...fields },
    { token: '{% $states.context.Task.Token %}' },
  );

/** A scripted task. */
export const task = (actor: string, fields: object = {}, definition = 'DumpTaskArn'): object => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::ecs:runTask.sync',
  Arguments: {
    Cluster: placeholder('ClusterArn'),
    TaskDefinition: placeholder(definition),
    LaunchType: 'FARGATE',
    Overrides: {
      ContainerOverrides: [
        {
          Name: 'task',
          Environment: [
            { Name: 'HOLDFAST_VERB', Value: actor },
            { Name: 'HOLDFAST_EXECUTION', Value: execution },
          ],
        },
      ],
    },
  },
  ...fields,
});

export const machine = (states: Readonly<Record<string, object>>, fields: object = {}): object => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(states)[0],
  States: states,
  ...fields,
});

/** Ends there, with what it was given. */
export const end = { Type: 'Pass', End: true };
export const catchAs = (error: string, next: string): object => ({
  Catch: [{ ErrorEquals: [error], Next: next }],
});
