/** Executions that start others and wait for them. */
import { catchAs, end, machine, page, recorded, type Scenario } from '../scenario.ts';

const nested = page('connect-stepfunctions');
const child = machine({
  Double: { Type: 'Pass', Output: { n: '{% $states.input.n * 2 %}' }, End: true },
});
const sour = machine({ Sour: { Type: 'Fail', Error: 'Sour', Cause: 'milk' } });
/** A state machine of the same Region and account as this one. */
const beside = (name: string): string =>
  `{% $substringBefore($states.context.StateMachine.Id, 'stateMachine:') & 'stateMachine:${name}' %}`;
const start = (name: string, fields: object, execution = `run-of-${name}`): object => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::states:startExecution.sync:2',
  Arguments: { StateMachineArn: beside(name), Name: execution, Input: { n: 21 } },
  ...fields,
});
const errorName = { Type: 'Pass', Output: '{% $states.input.Error %}', End: true };

export const nestingScenarios: readonly Scenario[] = [
  {
    title: 'An execution waits for another, whose output is JSON',
    source: nested,
    alongside: { 'a-child': child },
    definition: machine({
      Start: start('a-child', {
        Output: ['{% $states.result.Status %}', '{% $states.result.Output.n %}'],
        End: true,
      }),
    }),
    expected: { status: 'SUCCEEDED', output: ['SUCCEEDED', 42], states: ['Start'] },
  },
  {
    title: 'An execution waits for another, which fails',
    source: nested,
    alongside: { 'a-sour-child': sour },
    definition: machine({
      Start: start('a-sour-child', {
        Catch: [
          {
            ErrorEquals: ['States.TaskFailed'],
            Output: '{% $parse($states.errorOutput.Cause).Error %}',
            Next: 'Caught',
          },
        ],
        End: true,
      }),
      Caught: end,
    }),
    expected: { status: 'SUCCEEDED', output: 'Sour', states: ['Start', 'Caught'] },
  },
  {
    title: 'An execution starts another under a name that is taken',
    source: nested,
    alongside: { 'a-busy-child': child },
    definition: machine({
      First: start('a-busy-child', { Output: {}, Next: 'Second' }),
      Second: start('a-busy-child', {
        ...catchAs('States.ALL', 'Caught'),
        Output: '{% $states.result.Status %}',
        End: true,
      }),
      Caught: errorName,
    }),
    expected: {
      status: 'SUCCEEDED',
      output: 'StepFunctions.ExecutionAlreadyExistsException',
      states: ['First', 'Second', 'Caught'],
    },
  },
  {
    title: 'An execution starts another of a state machine that is not there',
    source: recorded('error_handling/test_task_service_sfn.snapshot.json'),
    definition: machine({
      Start: start('nowhere', { ...catchAs('States.ALL', 'Caught'), End: true }),
      Caught: errorName,
    }),
    expected: {
      status: 'SUCCEEDED',
      output: 'StepFunctions.StateMachineDoesNotExistException',
      states: ['Start', 'Caught'],
    },
  },
];
