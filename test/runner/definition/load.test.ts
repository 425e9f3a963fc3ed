import { describe, expect, it } from 'vitest';
import { loadDefinition } from '../../../src/runner/definition/load.ts';

const lambda = 'arn:aws:states:::lambda:invoke';
const load = (states: object, more: object = {}, substitutions = {}) =>
  loadDefinition(
    'machine',
    JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: Object.keys(states)[0],
      States: states,
      ...more,
    }),
    substitutions,
  );
const placeholder = (name: string): string => `\${${name}}`;
const done = { Done: { Type: 'Succeed' } };
const task = (fields: object) => ({
  Task: { Type: 'Task', Resource: lambda, Next: 'Done', ...fields },
  ...done,
});

describe('the placeholders of a definition', () => {
  // AWS::StepFunctions::StateMachine, DefinitionSubstitutions
  it('take their values, quoted for JSON', () => {
    const states = task({ Arguments: { FunctionName: placeholder('PlanFunctionArn') } });
    const definition = load(states, {}, { PlanFunctionArn: 'arn:"plan"' });
    expect(definition.States['Task']).toMatchObject({ Arguments: { FunctionName: 'arn:"plan"' } });
  });

  it('without a value are named, with the nearest known', () => {
    const states = task({ Arguments: { FunctionName: placeholder('PlanFunctonArn') } });
    expect(() => load(states, {}, { PlanFunctionArn: 'x' })).toThrow(
      /no value for \$\{PlanFunctonArn\}.*did you mean "PlanFunctionArn"/,
    );
  });
});

describe('a definition is refused', () => {
  it.each<[string, RegExp, object]>([
    ['for a state that is not there', /leads to Nowhere/, task({ Next: 'Nowhere' })],
    ['for neither Next nor End', /either Next or "End"/, task({ Next: undefined })],
    ['for both Next and End', /either Next or "End"/, task({ End: true })],
    ['for JSONPath fields', /InputPath/, task({ InputPath: '$.a' })],
    ['for an unknown type', /Type/, { Task: { Type: 'Jump' } }],
    ['for an expression that does not parse', /expected/i, task({ Arguments: { a: '{% 1 + %}' } })],
    [
      'for a Wait of two kinds',
      /exactly one of Seconds and Timestamp/,
      { W: { Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z', End: true } },
    ],
    [
      'for a variable that belongs to an outer scope',
      /assigns \$x, which belongs to an outer scope/,
      {
        A: { Type: 'Pass', Assign: { x: 1 }, Next: 'P' },
        P: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'In', States: { In: { Type: 'Pass', Assign: { x: 2 }, End: true } } },
          ],
          End: true,
        },
      },
    ],
    [
      'for one name in two scopes',
      /the name Done is taken/,
      {
        P: { Type: 'Parallel', Branches: [{ StartAt: 'Done', States: done }], Next: 'Done' },
        ...done,
      },
    ],
    // Nobody sends heartbeats for a state that gives no token away; AWS fails it all the same.
    [
      'for a heartbeat that nobody sends',
      /HeartbeatSeconds needs \.waitForTaskToken/,
      task({ TimeoutSeconds: 60, HeartbeatSeconds: 30 }),
    ],
    // CreateStateMachine refuses it as UNSUPPORTED_JSONATA_EXPRESSION.
    [
      'for an error output outside a Catch',
      /States\.Task: .*\$states\.errorOutput is known in a Catch alone/,
      task({ Output: '{% $states.errorOutput.Error %}' }),
    ],
    // The four that asl-validator passes over:
    [
      'for States.ALL before another rule',
      /States\.ALL must be the last rule/,
      task({
        Catch: [
          { ErrorEquals: ['States.ALL'], Next: 'Done' },
          { ErrorEquals: ['Busy'], Next: 'Done' },
        ],
      }),
    ],
    [
      'for States.ALL beside another name',
      /States\.ALL must stand alone/,
      task({ Retry: [{ ErrorEquals: ['Busy', 'States.ALL'] }] }),
    ],
    [
      'for a heartbeat that is not below the timeout',
      /HeartbeatSeconds must be smaller/,
      task({
        Resource: `${lambda}.waitForTaskToken`,
        TimeoutSeconds: 60,
        HeartbeatSeconds: 60,
      }),
    ],
    ['for a JSONPath in an expression', /bare \$/, task({ Arguments: { a: '{% $.foo %}' } })],
    ['for the root of JSONata', /bare \$/, task({ Output: '{% $$.foo %}' })],
    [
      'for a ResultPath in a Catch',
      /ResultPath/,
      task({ Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Done' }] }),
    ],
  ])('%s', (_, message, states) => {
    expect(() => load(states)).toThrow(message);
  });

  it('when it is not JSON', () => {
    expect(() => loadDefinition('machine', '{')).toThrow(
      /state machine machine is not valid: not JSON/,
    );
  });

  it('when it is not in JSONata', () => {
    expect(() => load(done, { QueryLanguage: 'JSONPath' })).toThrow(/QueryLanguage/);
  });
});

// transforming-data: what has no meaning at the top level has one inside a path
describe('an expression', () => {
  it.each([
    "{% $map([1], function($v) { 'a $ b' & $string($v) ~> /b$/ }) %}",
    '{% $states.input.list[$ > 3] %}',
    '{% $states.input.list.($string($)) %}',
    '{% $states.input.list[name = $states.input.name].size %}',
    "{% ($x := $plan.a; {'a': $x, 'b': [$x]}) %}",
  ])('may be %s', (expression) => {
    expect(load(task({ Output: expression })).StartAt).toBe('Task');
  });

  it.each([
    ['{% $ %}', /bare \$/],
    ['{% $string($) %}', /bare \$/],
    ["{% $exists($plan) ? [{'a': $.b}] : 1 %}", /bare \$/],
    ['{% plan.source %}', /plan is no variable/],
    ['{% $plan.a = input %}', /input is no variable/],
  ])('may not be %s', (expression, message) => {
    expect(() => load(task({ Output: expression }))).toThrow(message);
  });
});
