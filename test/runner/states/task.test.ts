import { describe, expect, it } from 'vitest';
import { invoke, machineOf, runMachine } from '../run-machine.ts';

describe('Task with lambda:invoke', () => {
  // Developer guide, "Invoke an AWS Lambda function with Step Functions": the wrapped result.
  it('wraps the result of a function', async () => {
    const { record, history } = await runMachine(
      machineOf({ Plan: invoke('plan', { End: true }) }),
      {
        input: { source: 'orders' },
        functions: { plan: (event) => ({ planned: event }) },
      },
    );
    expect(record.status).toBe('SUCCEEDED');
    expect(record.output).toEqual({
      ExecutedVersion: '$LATEST',
      Payload: { planned: { source: 'orders' } },
      StatusCode: 200,
    });
    expect(history.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });
});
