/** Map and Parallel. */
import { call, catchAs, end, machine, page, recorded, type Scenario } from '../scenario.ts';

const map = page('state-map-inline');
const parallel = page('state-parallel');
const variables = page('workflow-variables');

/** Calls the actor that each item names, one after another. */
const each = (inner: object, fields: object = {}) => ({
  Type: 'Map',
  Items: '{% $states.input.items %}',
  MaxConcurrency: 1,
  ItemProcessor: {
    ProcessorConfig: { Mode: 'INLINE' },
    StartAt: 'Ask',
    States: { Ask: inner, ...fields },
  },
});
const byName = { actor: '{% $states.input %}' };
const said = { Output: '{% $states.result.Payload %}' };
const items = { items: ['a', 'b', 'c'] };
const oneFails = {
  a: [{ returns: 'A' }],
  b: [{ throws: 'Broken', message: 'b is' }],
  c: [{ returns: 'C' }],
};
const branch = (name: string, state: object) => ({ StartAt: name, States: { [name]: state } });

export const branchScenarios: readonly Scenario[] = [
  {
    title: 'A Map gives the outputs of its items in their order',
    source: map,
    definition: machine({
      Each: { ...each(call('', { ...said, End: true }, byName)), End: true },
    }),
    input: items,
    script: { a: [{ returns: 'A' }], b: [{ returns: 'B' }], c: [{ returns: 'C' }] },
    expected: {
      status: 'SUCCEEDED',
      output: ['A', 'B', 'C'],
      states: ['Each', 'Ask', 'Ask', 'Ask'],
    },
  },
  {
    title: 'A Map fails with its first item, and begins no other',
    source: recorded('scenarios/test_base_scenarios.snapshot.json'),
    definition: machine({
      Each: {
        ...each(call('', { ...said, End: true }, byName)),
        Catch: [
          {
            ErrorEquals: ['States.TaskFailed'],
            Output: '{% $states.errorOutput.Error %}',
            Next: 'Caught',
          },
        ],
        End: true,
      },
      Caught: end,
    }),
    input: items,
    script: oneFails,
    during: async (live) => {
      await live.side.observe(live.machine, live.execution);
      return live.calls('c');
    },
    expected: {
      status: 'SUCCEEDED',
      output: 'Broken',
      states: ['Each', 'Ask', 'Ask', 'Caught'],
      seen: 0,
    },
  },
  {
    title: 'An item that catches its own error stops no other',
    source: map,
    definition: machine({
      Each: {
        ...each(call('', { ...said, ...catchAs('States.ALL', 'Skip'), End: true }, byName), {
          Skip: { Type: 'Pass', Output: 'skipped', End: true },
        }),
        Output: { all: '{% $states.result %}' },
        End: true,
      },
    }),
    input: items,
    script: oneFails,
    expected: {
      status: 'SUCCEEDED',
      output: { all: ['A', 'skipped', 'C'] },
      states: ['Each', 'Ask', 'Ask', 'Skip', 'Ask'],
    },
  },
  {
    title: 'A Map is tried again as a whole',
    source: page('concepts-error-handling'),
    definition: machine({
      Each: {
        ...each(call('', { ...said, End: true }, byName)),
        Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 1 }],
        End: true,
      },
    }),
    input: { items: ['a', 'b'] },
    script: {
      a: [{ returns: 1 }, { returns: 2 }],
      b: [{ throws: 'Busy' }, { returns: 3 }],
    },
    expected: {
      status: 'SUCCEEDED',
      output: [2, 3],
      states: ['Each', 'Ask', 'Ask', 'Ask', 'Ask'],
    },
  },
  {
    title: 'An item knows its index, its value and the variables around it',
    source: variables,
    definition: machine({
      First: { Type: 'Pass', Assign: { sign: '#' }, Next: 'Each' },
      Each: {
        ...each({
          Type: 'Pass',
          Output: '{% $sign & $string($states.context.Map.Item.Index) & $states.input.v %}',
          End: true,
        }),
        ItemSelector: { v: '{% $states.context.Map.Item.Value %}' },
        End: true,
      },
    }),
    input: items,
    expected: {
      status: 'SUCCEEDED',
      output: ['#0a', '#1b', '#2c'],
      states: ['First', 'Each', 'Ask', 'Ask', 'Ask'],
    },
  },
  {
    title: 'A Map over no items',
    source: map,
    definition: machine({ Each: { ...each(end), End: true } }),
    input: { items: [] },
    expected: { status: 'SUCCEEDED', output: [], states: ['Each'] },
  },
  {
    title: 'A Map over what is no array',
    source: page('transforming-data'),
    definition: machine({ Each: { ...each(end), End: true } }),
    input: { items: 'abc' },
    expected: { status: 'FAILED', error: 'States.QueryEvaluationError', states: ['Each'] },
  },
  {
    title: 'A Parallel gives the outputs of its branches in their order',
    source: parallel,
    definition: machine({
      Both: {
        Type: 'Parallel',
        Branches: [branch('Left', end)],
        Arguments: { n: '{% $states.input.n + 1 %}' },
        Output: { first: '{% $states.result[0].n %}' },
        Assign: { many: '{% $count($states.result) %}' },
        Next: 'Last',
      },
      Last: {
        Type: 'Pass',
        Output: ['{% $states.input.first %}', '{% $many %}'],
        End: true,
      },
    }),
    input: { n: 1 },
    expected: { status: 'SUCCEEDED', output: [2, 1], states: ['Both', 'Left', 'Last'] },
  },
  {
    title: 'A branch that fails fails its Parallel',
    source: parallel,
    definition: machine({
      Both: {
        Type: 'Parallel',
        Branches: [branch('Left', { Type: 'Fail', Error: 'Torn', Cause: 'in two' })],
        ...catchAs('Torn', 'Caught'),
        End: true,
      },
      Caught: end,
    }),
    expected: {
      status: 'SUCCEEDED',
      output: { Error: 'Torn', Cause: 'in two' },
      states: ['Both', 'Left', 'Caught'],
    },
  },
  {
    title: 'What a branch assigns is not seen outside',
    source: variables,
    definition: machine({
      Both: {
        Type: 'Parallel',
        Branches: [branch('Left', { Type: 'Pass', Assign: { inner: 1 }, End: true })],
        Next: 'Last',
      },
      Last: { Type: 'Pass', Output: '{% $exists($inner) %}', End: true },
    }),
    expected: { status: 'SUCCEEDED', output: false, states: ['Both', 'Left', 'Last'] },
  },
];
