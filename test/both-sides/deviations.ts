/**
 * Where the emulator (test/cloud/lab/emulator.py) does otherwise than AWS. Each line is asserted: when an
 * emulator does better, its line fails and goes.
 */
import type { Observation } from './scenario.ts';

export interface Deviation {
  readonly because: string;
  /** What the emulator gives instead of what is expected; undefined where it gives nothing. */
  readonly given: { readonly [K in keyof Observation]?: Observation[K] | undefined };
}

const unlimited = {
  because: 'payloads have no limit',
  given: {
    status: 'SUCCEEDED',
    output: 'not caught',
    error: undefined,
    states: ['Ask', 'Not caught'],
  },
};
const untold = (...states: string[]): Deviation => ({
  because: 'the states of an iteration or a branch are not in the history',
  given: { states },
});

export const deviations: Readonly<Record<string, Deviation>> = {
  'The error output of a timeout has no Cause': {
    because: 'it has one',
    given: { output: { Error: 'States.Timeout', Cause: 'Task timed out after 1 seconds' } },
  },
  'A result above 256 KiB is an error that its name catches': unlimited,
  'A result above 256 KiB is an error that States.ALL does not catch': unlimited,
  'A lost heartbeat ends a task long before its timeout': {
    because: 'heartbeats are not awaited',
    given: { output: false },
  },
  'A lost heartbeat is caught by States.HeartbeatTimeout': {
    because: 'heartbeats are not awaited',
    given: { status: 'FAILED', error: 'States.Timeout', output: undefined, states: ['Ask'] },
  },
  'Everything in one Assign sees the variables as they were': {
    because: 'one is assigned after the other',
    given: { output: [2, 2] },
  },
  'The Assign and the Output of a Choice itself belong to its Default': {
    because: 'the Output is not evaluated',
    given: { output: ['small', { n: 5 }] },
  },
  'A Choice on a value that is no boolean': {
    because: 'whatever is not empty holds',
    given: { status: 'SUCCEEDED', error: undefined, output: {}, states: ['Which', 'Last'] },
  },
  'A Map gives the outputs of its items in their order': untold('Each'),
  'A Map fails with its first item, and begins no other': {
    because: 'the others begin all the same, and history has none of them',
    given: { states: ['Each', 'Caught'], seen: 1 },
  },
  'An item that catches its own error stops no other': untold('Each'),
  'A Map is tried again as a whole': untold('Each'),
  'An item knows its index, its value and the variables around it': untold('First', 'Each'),
  'A Parallel gives the outputs of its branches in their order': {
    because: 'its Arguments, Output and Assign are not evaluated',
    given: {
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
      output: undefined,
      states: ['Both', 'Last'],
    },
  },
  'A branch that fails fails its Parallel': untold('Both', 'Caught'),
  'What a branch assigns is not seen outside': {
    because: 'branches share the variables of their Parallel',
    given: { output: true, states: ['Both', 'Last'] },
  },
  'The same start under the same name is the same execution while it runs': {
    because: 'every name that was used is refused',
    given: { seen: 'ExecutionAlreadyExists' },
  },
  'An execution waits for another, which fails': {
    because: 'the cause is plain text',
    given: {
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
      output: undefined,
      states: ['Start'],
    },
  },
  'An execution starts another under a name that is taken': {
    because: 'it is the same execution for ever',
    given: { output: 'SUCCEEDED', states: ['First', 'Second'] },
  },
  'An execution starts another of a state machine that is not there': {
    because: 'the error has the name of the API, not of the integration',
    given: { output: 'StateMachineDoesNotExist' },
  },
  'scheduled: one run of three fails': untold(
    'Plan runs',
    'How many are due?',
    'Run each',
    'Has every run started?',
    'Done',
  ),
};
