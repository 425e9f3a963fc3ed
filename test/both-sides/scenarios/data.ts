/** What an expression sees, and what becomes of what it gives. */
import { call, end, machine, page, type Scenario } from '../scenario.ts';

const variables = page('workflow-variables');
const jsonata = page('transforming-data');
const errors = page('concepts-error-handling');
const pass = (fields: object) => ({ Type: 'Pass', ...fields });
const failed = (error: string, ...states: string[]) => ({ status: 'FAILED', error, states });

export const dataScenarios: readonly Scenario[] = [
  {
    title: 'An Output does not see what the same state assigns',
    source: variables,
    definition: machine({
      First: pass({ Assign: { x: 1 }, Next: 'Second' }),
      Second: pass({ Assign: { x: 2 }, Output: '{% $x %}', Next: 'Third' }),
      Third: pass({ Output: { old: '{% $states.input %}', now: '{% $x %}' }, End: true }),
    }),
    expected: {
      status: 'SUCCEEDED',
      output: { old: 1, now: 2 },
      states: ['First', 'Second', 'Third'],
    },
  },
  {
    title: 'Everything in one Assign sees the variables as they were',
    source: variables,
    definition: machine({
      First: pass({ Assign: { x: 1, y: 2 }, Next: 'Swap' }),
      Swap: pass({ Assign: { x: '{% $y %}', y: '{% $x %}' }, Next: 'Last' }),
      Last: pass({ Output: ['{% $x %}', '{% $y %}'], End: true }),
    }),
    expected: { status: 'SUCCEEDED', output: [2, 1], states: ['First', 'Swap', 'Last'] },
  },
  {
    title: 'A Catch assigns what it says, and not what the state would have',
    source: variables,
    definition: machine({
      First: pass({ Assign: { seen: 'nothing', result: 'none' }, Next: 'Ask' }),
      Ask: call('worker', {
        Assign: { result: '{% $states.result.Payload %}' },
        Catch: [
          {
            ErrorEquals: ['States.ALL'],
            Assign: { seen: "{% $exists($states.errorOutput.Cause) ? 'a cause' : 'no cause' %}" },
            Next: 'Last',
          },
        ],
        Next: 'Last',
      }),
      Last: pass({ Output: ['{% $seen %}', '{% $result %}'], End: true }),
    }),
    script: { worker: [{ throws: 'Busy', message: 'later' }] },
    expected: {
      status: 'SUCCEEDED',
      output: ['a cause', 'none'],
      states: ['First', 'Ask', 'Last'],
    },
  },
  {
    title: 'A Succeed has an Output of its own',
    source: page('state-succeed'),
    definition: machine({
      Done: { Type: 'Succeed', Output: { was: '{% $states.input.size %}' } },
    }),
    input: { size: 7 },
    expected: { status: 'SUCCEEDED', output: { was: 7 }, states: ['Done'] },
  },
  {
    title: 'A Fail tells what its expressions give',
    source: page('state-fail'),
    definition: machine({
      Sorry: {
        Type: 'Fail',
        Error: "{% 'Too' & $states.input.what %}",
        Cause: '{% $string($states.input) %}',
      },
    }),
    input: { what: 'Late' },
    expected: failed('TooLate', 'Sorry'),
  },
  {
    title: 'A Choice takes the first rule that holds, with its Assign and its Output',
    source: page('state-choice'),
    definition: machine({
      Which: {
        Type: 'Choice',
        Choices: [
          { Condition: '{% $states.input.n > 9 %}', Next: 'Last' },
          {
            Condition: '{% $states.input.n > 1 %}',
            Assign: { size: 'middle' },
            Output: '{% $states.input.n * 2 %}',
            Next: 'Last',
          },
        ],
        Default: 'Last',
      },
      Last: pass({ Output: ['{% $size %}', '{% $states.input %}'], End: true }),
    }),
    input: { n: 5 },
    expected: { status: 'SUCCEEDED', output: ['middle', 10], states: ['Which', 'Last'] },
  },
  {
    title: 'The Assign and the Output of a Choice itself belong to its Default',
    source: page('state-choice'),
    definition: machine({
      Which: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input.n > 9 %}', Next: 'Last' }],
        Default: 'Last',
        Assign: { size: 'small' },
        Output: 'by default',
      },
      Last: pass({ Output: ['{% $size %}', '{% $states.input %}'], End: true }),
    }),
    input: { n: 5 },
    expected: {
      status: 'SUCCEEDED',
      output: ['small', 'by default'],
      states: ['Which', 'Last'],
    },
  },
  {
    title: 'A Choice on a value that is not there',
    source: errors,
    definition: machine({
      Which: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input.missing %}', Next: 'Last' }],
        Default: 'Last',
      },
      Last: end,
    }),
    expected: failed('States.QueryEvaluationError', 'Which'),
  },
  {
    title: 'A Choice on a value that is no boolean',
    source: jsonata,
    definition: machine({
      Which: {
        Type: 'Choice',
        Choices: [{ Condition: "{% 'yes' %}", Next: 'Last' }],
        Default: 'Last',
      },
      Last: end,
    }),
    expected: failed('States.QueryEvaluationError', 'Which'),
  },
  {
    title: 'A Choice without a rule that holds, and without a Default',
    source: errors,
    definition: machine({
      Which: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input.n = 1 %}', Next: 'Last' }],
      },
      Last: end,
    }),
    input: { n: 2 },
    expected: failed('States.NoChoiceMatched', 'Which'),
  },
  {
    title: 'An Output that gives nothing',
    source: jsonata,
    definition: machine({ First: pass({ Output: '{% $states.input.missing %}', End: true }) }),
    expected: failed('States.QueryEvaluationError', 'First'),
  },
  {
    title: 'A failed Output of a task is caught by States.ALL',
    source: errors,
    definition: machine({
      Ask: call('worker', {
        Output: '{% $states.result.Payload.missing %}',
        Catch: [
          {
            ErrorEquals: ['States.ALL'],
            Output: '{% $states.errorOutput.Error %}',
            Next: 'Caught',
          },
        ],
        End: true,
      }),
      Caught: end,
    }),
    script: { worker: [{ returns: {} }] },
    expected: {
      status: 'SUCCEEDED',
      output: 'States.QueryEvaluationError',
      states: ['Ask', 'Caught'],
    },
  },
  {
    title: 'A null is a value',
    source: jsonata,
    definition: machine({
      First: pass({ Assign: { nothing: null }, Output: { a: null }, Next: 'Last' }),
      Last: pass({
        Output: { is: '{% $nothing = null %}', a: '{% $states.input.a %}' },
        End: true,
      }),
    }),
    expected: {
      status: 'SUCCEEDED',
      output: { is: true, a: null },
      states: ['First', 'Last'],
    },
  },
  {
    title: 'The functions that Step Functions adds to JSONata',
    source: jsonata,
    definition: machine({
      First: pass({
        Output: {
          parsed: '{% $parse(\'{"a": [1]}\').a[0] %}',
          parts: '{% $partition([1, 2, 3], 2) %}',
          range: '{% $range(1, 7, 3) %}',
          hash: "{% $substring($hash('holdfast', 'SHA-256'), 0, 8) %}",
        },
        End: true,
      }),
    }),
    expected: {
      status: 'SUCCEEDED',
      output: { parsed: 1, parts: [[1, 2], [3]], range: [1, 4, 7], hash: 'd1580d2d' },
      states: ['First'],
    },
  },
  {
    title: 'A Wait of as many seconds as an expression says',
    source: page('state-wait'),
    definition: machine({
      Pause: { Type: 'Wait', Seconds: '{% $states.input.seconds %}', End: true },
    }),
    input: { seconds: 1 },
    expected: { status: 'SUCCEEDED', output: { seconds: 1 }, states: ['Pause'] },
  },
  {
    title: 'The context of an execution',
    source: page('input-output-contextobject'),
    definition: machine({
      First: pass({
        Output: {
          state: '{% $states.context.State.Name %}',
          input: '{% $states.context.Execution.Input.n %}',
          name: "{% $split($states.context.Execution.Id, ':')[-1] = $states.context.Execution.Name %}",
          machine: '{% $states.context.StateMachine.Name %}',
        },
        End: true,
      }),
    }),
    input: { n: 1 },
    expected: {
      status: 'SUCCEEDED',
      output: { state: 'First', input: 1, name: true, machine: 'The-context-of-an-execution' },
      states: ['First'],
    },
  },
];
