import { describe, expect, test } from 'vitest';
import { notifyEventSchema, planEventSchema } from '../../../src/core/contracts/functions.ts';

describe('what the plan function is asked', () => {
  test('is completed as the machine of that purpose expects it', () => {
    const event = { for: 'restore', execution: 'exec-1', input: { source: 'shop' } };
    expect(planEventSchema.parse(event)).toMatchObject({
      input: { at: 'latest', from: 'primary', retrieval: 'standard' },
    });
  });

  test('for no purpose that there is, it is refused', () => {
    const event = { for: 'failover', execution: 'exec-1', input: { source: 'shop' } };
    expect(planEventSchema.safeParse(event).success).toBe(false);
  });
});

test('a failure without a cause has an empty one; where nothing failed there is none', () => {
  const event = {
    machine: 'backup',
    execution: 'exec-1',
    input: { source: 'shop' },
    outcome: 'failed',
    failure: { Error: 'States.TaskFailed' },
    copyFailure: false,
  };
  expect(notifyEventSchema.parse(event)).toMatchObject({
    failure: { Error: 'States.TaskFailed', Cause: '' },
    copyFailure: false,
  });
});
