import { expect, it } from 'vitest';
import { measuredRefusal } from '../../../src/core/failover/loss.ts';
import { clusterConfig } from './example.ts';

const unasked = { approval: { required: false } };

it('a measured loss is held against each unit of the budget', () => {
  const config = clusterConfig({ budget: { bytes: 100, transactions: 2 } });
  expect(measuredRefusal({ bytes: 100, transactions: 2 }, config)).toBeUndefined();
  expect(measuredRefusal({ bytes: 101, transactions: 2 }, config)?.code).toBe('LOSS_OVER_BUDGET');
  expect(measuredRefusal({ bytes: 1, transactions: 3 }, config)?.text).toMatch(/3 transactions/);
});

it('one that nobody could measure passes where somebody took it upon himself, and nowhere else', () => {
  const unknown = { bytes: null, transactions: null };
  expect(measuredRefusal(unknown, clusterConfig())).toBeUndefined();
  expect(measuredRefusal(unknown, clusterConfig(unasked))?.code).toBe('LOSS_UNKNOWN');
  const seconds = clusterConfig({ budget: { seconds: 5 }, ...unasked });
  expect(measuredRefusal(unknown, seconds)).toBeUndefined();
});
