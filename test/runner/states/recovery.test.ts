import { describe, expect, it } from 'vitest';
import { matchesError } from '../../../src/runner/state-error.ts';
import { retryDelayMilliseconds } from '../../../src/runner/states/recovery.ts';
import { invoke, jumpingClock, machineOf, runMachine } from '../run-machine.ts';

// All of this: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
const thrown = (name: string) => {
  const error = new Error(`it was ${name}`);
  error.name = name;
  return error;
};

function failing(times: number, name = 'Busy') {
  const calls: number[] = [];
  return {
    calls,
    plan: () => {
      calls.push(calls.length);
      if (calls.length <= times) throw thrown(name);
      return { calls: calls.length };
    },
  };
}

const rule = {
  ErrorEquals: ['Busy'],
  IntervalSeconds: 2,
  MaxAttempts: 6,
  BackoffRate: 2,
  JitterStrategy: 'NONE' as const,
};

describe('what a rule matches', () => {
  it.each([
    [['States.ALL'], 'Anything', true],
    [['States.ALL'], 'States.Timeout', true],
    [['States.ALL'], 'States.QueryEvaluationError', true],
    [['States.ALL'], 'States.DataLimitExceeded', false],
    [['States.ALL'], 'States.Runtime', false],
    [['States.Runtime'], 'States.Runtime', false],
    [['States.DataLimitExceeded'], 'States.DataLimitExceeded', true],
    [['States.TaskFailed'], 'LeaseHeldError', true],
    [['States.TaskFailed'], 'States.TaskFailed', true],
    [['States.TaskFailed'], 'States.Timeout', false],
    [['States.HeartbeatTimeout'], 'States.Timeout', false],
    [['Busy'], 'busy', false],
    [['Other', 'Busy'], 'Busy', true],
  ])('%j and %s: %s', (errors, error, expected) => {
    expect(matchesError(errors, { error })).toBe(expected);
  });

  it.each([
    [['States.HeartbeatTimeout'], true],
    [['States.Timeout'], true],
    [['States.ALL'], true],
    [['States.TaskFailed'], false],
  ])('%j and a lost heartbeat: %s', (errors, expected) => {
    const lost = { error: 'States.Timeout', alsoKnownAs: 'States.HeartbeatTimeout' };
    expect(matchesError(errors, lost)).toBe(expected);
  });
});

describe('Retry', () => {
  // "Retrying after an error": interval × backoff rate for each retry, capped by MaxDelaySeconds.
  it.each([
    [0, 2_000],
    [1, 4_000],
    [2, 8_000],
    [3, 10_000],
  ])('waits longer for each retry, up to the cap: %i used, %i ms', (used, expected) => {
    expect(retryDelayMilliseconds({ ...rule, MaxDelaySeconds: 10 }, used, 0.5)).toBe(expected);
  });

  it('draws from 0 to the delay under JitterStrategy FULL', () => {
    const jittered = { ...rule, JitterStrategy: 'FULL' as const };
    expect([0, 0.25, 0.99].map((drawn) => retryDelayMilliseconds(jittered, 1, drawn))).toEqual([
      0, 1_000, 3_960,
    ]);
  });

  it('tries again after each delay', async () => {
    const clock = jumpingClock();
    const { plan, calls } = failing(3);
    const { record, history } = await runMachine(
      machineOf({ Plan: invoke('plan', { Retry: [rule], End: true }) }),
      { functions: { plan }, options: { clock } },
    );
    expect(record.output).toMatchObject({ Payload: { calls: 4 } });
    expect(calls).toHaveLength(4);
    expect(clock.slept).toEqual([2_000, 4_000, 8_000]);
    expect(history.filter(({ type }) => type === 'TaskFailed')).toHaveLength(3);
  });

  // "MaxAttempts: … default 3; 0 means the error is never retried"
  it.each([
    [{ ErrorEquals: ['Busy'] }, 4],
    [{ ErrorEquals: ['Busy'], MaxAttempts: 0 }, 1],
    [{ ErrorEquals: ['States.TaskFailed'], MaxAttempts: 1 }, 2],
    [{ ErrorEquals: ['Else'] }, 1],
  ])('%j makes %i attempts', async (retry, attempts) => {
    const { plan, calls } = failing(99);
    const { record } = await runMachine(
      machineOf({ Plan: invoke('plan', { Retry: [retry], End: true }) }),
      { functions: { plan } },
    );
    expect(record).toMatchObject({ status: 'FAILED', error: 'Busy' });
    expect(calls).toHaveLength(attempts);
  });

  it('counts for each rule apart', async () => {
    const names = ['A', 'B', 'A', 'B', 'A'];
    let call = 0;
    const { record } = await runMachine(
      machineOf({
        Plan: invoke('plan', {
          Retry: [
            { ErrorEquals: ['A'], MaxAttempts: 2 },
            { ErrorEquals: ['B'], MaxAttempts: 2 },
          ],
          End: true,
        }),
      }),
      {
        functions: {
          plan: () => {
            throw thrown(names[call++] ?? 'none');
          },
        },
      },
    );
    expect(record.error).toBe('A');
    expect(call).toBe(5);
  });

  // input-output-contextobject: State.RetryCount
  it('tells the state which retry it is', async () => {
    const seen: unknown[] = [];
    await runMachine(
      machineOf({
        Plan: invoke(
          'plan',
          { Retry: [rule], End: true },
          '{% $states.context.State.RetryCount %}',
        ),
      }),
      {
        functions: {
          plan: (event) => {
            seen.push(event);
            if (seen.length < 3) throw thrown('Busy');
            return null;
          },
        },
      },
    );
    expect(seen).toEqual([0, 1, 2]);
  });
});

describe('Catch', () => {
  const caught = (fields: object) =>
    runMachine(
      machineOf({
        Plan: invoke('plan', { Next: 'Done', ...fields }),
        Done: { Type: 'Succeed' },
        Recover: { Type: 'Pass', Output: { saw: '{% $states.input %}' }, End: true },
        Tell: { Type: 'Pass', Output: { kept: '{% $kept %}' }, End: true },
      }),
      { input: { n: 1 }, functions: { plan: () => Promise.reject(thrown('Busy')) } },
    );

  it('goes on with the error output by default', async () => {
    const { record } = await caught({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Recover' }] });
    expect(record.output).toEqual({
      saw: { Error: 'Busy', Cause: expect.stringContaining('it was Busy') },
    });
  });

  it('takes the first rule that matches, with its own Output', async () => {
    const { record } = await caught({
      Catch: [
        { ErrorEquals: ['Else'], Next: 'Done' },
        {
          ErrorEquals: ['Busy'],
          Output: "{% $states.errorOutput.Error & ' of ' & $states.input.n %}",
          Next: 'Recover',
        },
        { ErrorEquals: ['States.ALL'], Next: 'Done' },
      ],
    });
    expect(record.output).toEqual({ saw: 'Busy of 1' });
  });

  it('assigns what its Assign says, not what the state would have', async () => {
    const { record } = await caught({
      Assign: { kept: 'state' },
      Catch: [
        {
          ErrorEquals: ['States.ALL'],
          Assign: { kept: "{% 'caught ' & $states.errorOutput.Error %}" },
          Next: 'Tell',
        },
      ],
    });
    expect(record.output).toEqual({ kept: 'caught Busy' });
  });

  it('comes after the retries', async () => {
    const { record, history } = await caught({
      Retry: [rule],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Recover' }],
    });
    expect(record.status).toBe('SUCCEEDED');
    expect(history.filter(({ type }) => type === 'TaskFailed')).toHaveLength(7);
  });

  // "States.QueryEvaluationError": of the state's own fields too
  it('catches a failed Output', async () => {
    const { record } = await runMachine(
      machineOf({
        Plan: invoke('plan', {
          Output: '{% $states.result.Payload.missing %}',
          Catch: [
            {
              ErrorEquals: ['States.QueryEvaluationError'],
              Output: '{% $states.errorOutput.Error %}',
              Next: 'Done',
            },
          ],
          Next: 'Done',
        }),
        Done: { Type: 'Succeed' },
      }),
      { functions: { plan: () => ({}) } },
    );
    expect(record.output).toBe('States.QueryEvaluationError');
  });
});
