import { expect, test } from 'vitest';
import { readHistory } from '../../../bench/recorded/read-history.ts';
import type { HistoryEvent } from '../../../src/runner/index.ts';

const events = (...types: readonly (readonly [string, string?])[]): HistoryEvent[] =>
  types.map(([type, resourceType], n) => ({
    id: n + 1,
    time: new Date(n * 1000).toISOString(),
    scope: '',
    type,
    ...(resourceType !== undefined && { details: { resourceType } }),
  }));

test('counts states entered and attempts repeated, functions with their seconds, and tasks', () => {
  const history = events(
    ['ExecutionStarted'],
    ['TaskStateEntered'],
    ['TaskScheduled', 'lambda'],
    ['TaskFailed', 'lambda'],
    ['TaskScheduled', 'lambda'],
    ['TaskStarted', 'lambda'],
    ['TaskSucceeded', 'lambda'],
    ['ChoiceStateEntered'],
    ['TaskStateEntered'],
    ['TaskScheduled', 'ecs'],
    ['TaskSucceeded', 'ecs'],
    ['SucceedStateEntered'],
  );
  expect(readHistory(history)).toMatchObject({
    transitions: 5,
    events: 12,
    functions: 2,
    functionSeconds: 3,
    tasks: 1,
  });
});
