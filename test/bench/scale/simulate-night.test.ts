import { expect, test } from 'vitest';
import { simulateNight } from '../../../bench/scale/simulate-night.ts';

const bucket = { burst: 100, perSecond: 20 };
const night = (runs: number, seconds: number, children: number) =>
  simulateNight({ seconds: Array(runs).fill(seconds), children, perChild: 10, bucket });

test('two children with ten runs of a minute each take 40 runs in two minutes', () => {
  expect(night(40, 60, 2)).toMatchObject({
    hours: 120 / 3600,
    open: 20,
    startsPerSecond: 20,
    delayed: 0,
  });
});

test('a child waits for the slowest of its ten', () => {
  const seconds = [...Array(9).fill(10), 100, ...Array(10).fill(10)];
  expect(simulateNight({ seconds, children: 1, perChild: 10, bucket }).hours).toBeCloseTo(
    110 / 3600,
    9,
  );
});

test('beyond a hundred at once, twenty tasks start each second', () => {
  const { delayed, longestDelaySeconds, tasksPerSecond, startsPerSecond } = night(200, 600, 20);
  expect(startsPerSecond).toBe(200);
  expect(delayed).toBe(100);
  expect(longestDelaySeconds).toBeCloseTo(5, 9);
  expect(tasksPerSecond).toBeLessThanOrEqual(120);
});
