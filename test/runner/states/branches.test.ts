import { describe, expect, it } from 'vitest';
import { invoke, machineOf, runMachine } from '../run-machine.ts';

const branch = (state: object) => machineOf({ [`B${JSON.stringify(state).length}`]: state });
const fail = { Type: 'Fail', Error: 'Sour', Cause: 'milk' };

// https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html
describe('Parallel', () => {
  it('gives each branch its input and takes their outputs in order', async () => {
    const { record, history } = await runMachine(
      machineOf({
        P: {
          Type: 'Parallel',
          Branches: [
            branch({ Type: 'Pass', Output: "{% $states.input.a & ' left' %}", End: true }),
            branch({ Type: 'Pass', End: true }),
          ],
          End: true,
        },
      }),
      { input: { a: 'the' } },
    );
    expect(record.output).toEqual(['the left', { a: 'the' }]);
    expect(history.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'ParallelStateEntered',
      'ParallelStateStarted',
      ...Array(2).fill('PassStateEntered'),
      ...Array(2).fill('PassStateExited'),
      'ParallelStateSucceeded',
      'ParallelStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('gives the branches its Arguments', async () => {
    const { record } = await runMachine(
      machineOf({
        P: {
          Type: 'Parallel',
          Arguments: { b: '{% $states.input.a + 1 %}' },
          Branches: [branch({ Type: 'Pass', End: true })],
          End: true,
        },
      }),
      { input: { a: 1 } },
    );
    expect(record.output).toEqual([{ b: 2 }]);
  });

  // "If any branch fails … the entire Parallel state is considered to have failed and all its
  // branches are stopped."
  it('fails with the error of its first failed branch and stops the others', async () => {
    let stopped = false;
    const { record, history } = await runMachine(
      machineOf({
        P: {
          Type: 'Parallel',
          Branches: [branch(fail), machineOf({ Slow: invoke('slow', { End: true }) })],
          End: true,
        },
      }),
      {
        functions: {
          slow: () =>
            new Promise((resolve) => setTimeout(resolve, 5_000).unref()).then(() => {
              stopped = true;
            }),
        },
      },
    );
    expect(record).toMatchObject({ status: 'FAILED', error: 'Sour', cause: 'milk' });
    expect(history.map(({ type }) => type)).toContain('ParallelStateFailed');
    expect(stopped).toBe(false);
  });

  it('is retried as a whole, and caught', async () => {
    let calls = 0;
    const { record } = await runMachine(
      machineOf({
        P: {
          Type: 'Parallel',
          Branches: [machineOf({ T: invoke('count', { End: true }) }), branch(fail)],
          Retry: [{ ErrorEquals: ['Sour'], MaxAttempts: 2 }],
          Catch: [
            {
              ErrorEquals: ['Sour'],
              Assign: { saw: '{% $states.errorOutput.Cause %}' },
              Next: 'D',
            },
          ],
          Next: 'D',
        },
        D: { Type: 'Succeed', Output: '{% $saw %}' },
      }),
      { functions: { count: () => (calls += 1) } },
    );
    expect(record.output).toBe('milk');
    expect(calls).toBe(3);
  });

  // workflow-variables, "Variable scope": inner scopes read outer variables; their own end with them
  it('lets branches read outer variables and keeps theirs inside', async () => {
    const { record } = await runMachine(
      machineOf({
        A: { Type: 'Pass', Assign: { x: 1 }, Next: 'P' },
        P: {
          Type: 'Parallel',
          Branches: [
            machineOf({
              In: { Type: 'Pass', Assign: { y: '{% $x + 1 %}' }, Next: 'Out' },
              Out: { Type: 'Pass', Output: '{% $x + $y %}', End: true },
            }),
          ],
          Next: 'D',
        },
        D: { Type: 'Succeed', Output: ['{% $states.input %}', '{% $exists($y) %}'] },
      }),
    );
    expect(record.output).toEqual([[3], false]);
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
describe('Map', () => {
  const each = (state: object, fields: object = {}) =>
    machineOf({
      Each: {
        Type: 'Map',
        Items: '{% $states.input.items %}',
        ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...machineOf({ Item: state }) },
        End: true,
        ...fields,
      },
    });

  it('runs the processor over each item, in order', async () => {
    const { record, history } = await runMachine(
      each({ Type: 'Pass', Output: '{% $states.input * 2 %}', End: true }),
      { input: { items: [1, 2, 3] } },
    );
    expect(record.output).toEqual([2, 4, 6]);
    const types = history.map(({ type }) => type);
    expect(types.filter((type) => type === 'MapIterationStarted')).toHaveLength(3);
    expect(types.filter((type) => type === 'MapIterationSucceeded')).toHaveLength(3);
    expect(types).toContain('MapStateSucceeded');
  });

  it('is content with no items', async () => {
    const { record } = await runMachine(each(fail), { input: { items: [] } });
    expect(record).toMatchObject({ status: 'SUCCEEDED', output: [] });
  });

  // input-output-contextobject, "Context object data for Map states"
  it('shapes each item with ItemSelector and tells of it in the context', async () => {
    const { record } = await runMachine(
      each(
        {
          Type: 'Pass',
          Output: '{% [$states.input, $states.context.Map.Item.Index] %}',
          End: true,
        },
        {
          ItemSelector: {
            name: '{% $states.context.Map.Item.Value %}',
            of: '{% $states.input.of %}',
          },
        },
      ),
      { input: { items: ['a', 'b'], of: 2 } },
    );
    expect(record.output).toEqual([
      [{ name: 'a', of: 2 }, 0],
      [{ name: 'b', of: 2 }, 1],
    ]);
  });

  it('never runs more than MaxConcurrency at a time', async () => {
    let running = 0;
    let most = 0;
    const { record } = await runMachine(each(invoke('one', { End: true }), { MaxConcurrency: 2 }), {
      input: { items: [1, 2, 3, 4, 5, 6] },
      functions: {
        one: async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setTimeout(resolve, 5));
          running -= 1;
        },
      },
    });
    expect(record.status).toBe('SUCCEEDED');
    expect(most).toBe(2);
  });

  it('fails with the error of an item', async () => {
    const { record, history } = await runMachine(each(fail), { input: { items: [1] } });
    expect(record).toMatchObject({ status: 'FAILED', error: 'Sour' });
    expect(history.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['MapIterationFailed', 'MapStateFailed']),
    );
  });

  // state-map-distributed, "Failure threshold"; concepts-error-handling
  const half = machineOf({
    Odd: {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input % 2 = 1 %}', Next: 'Bad' }],
      Default: 'Good',
    },
    Bad: fail,
    Good: { Type: 'Succeed' },
  });
  it.each([
    [{ ToleratedFailureCount: 2 }, 'SUCCEEDED', undefined],
    [{ ToleratedFailurePercentage: 50 }, 'SUCCEEDED', undefined],
    [{ ToleratedFailureCount: 1 }, 'FAILED', 'States.ExceedToleratedFailureThreshold'],
    [{ ToleratedFailurePercentage: 49 }, 'FAILED', 'States.ExceedToleratedFailureThreshold'],
    [{ ToleratedFailureCount: '{% $states.input.most %}' }, 'SUCCEEDED', undefined],
  ])('with two of four items failing, %j ends %s', async (tolerance, status, error) => {
    const { record } = await runMachine(
      each({}, { ...tolerance, ItemProcessor: half, MaxConcurrency: 1 }),
      { input: { items: [1, 2, 3, 4], most: 2 } },
    );
    expect(record.status).toBe(status);
    expect(record.error).toBe(error);
  });

  it('fails when Items are no array', async () => {
    const { record } = await runMachine(each({ Type: 'Succeed' }), { input: { items: 'a' } });
    expect(record).toMatchObject({ error: 'States.QueryEvaluationError' });
  });
});
