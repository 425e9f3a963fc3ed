import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { expect, it } from 'vitest';
import { type Scopes, toEvents } from '../../src/cloud/history.ts';

const timestamp = new Date('2026-11-21T02:00:00Z');
const event = (id: number, more: Partial<HistoryEvent>): HistoryEvent => ({
  id,
  previousEventId: id - 1,
  timestamp,
  type: 'TaskScheduled',
  ...more,
});

/** As in the developer guide: each iteration begins after MapStateStarted, its events follow each other. */
const ofMap = [
  event(1, { type: 'MapStateStarted', mapStateStartedEventDetails: { length: 2 } }),
  event(2, {
    type: 'MapIterationStarted',
    mapIterationStartedEventDetails: { name: 'Each', index: 0 },
  }),
  event(3, {
    type: 'MapIterationStarted',
    previousEventId: 1,
    mapIterationStartedEventDetails: { name: 'Each', index: 1 },
  }),
  event(4, { type: 'TaskStateEntered', previousEventId: 2 }),
  event(5, { type: 'TaskStateEntered', previousEventId: 3 }),
  event(6, { type: 'MapStateSucceeded', previousEventId: 5 }),
  event(7, { type: 'MapStateExited' }),
];

it('tells by its scope in which item of a Map an event happened', () => {
  const scopes = toEvents(ofMap, new Map()).map(({ scope }) => scope);
  expect(scopes).toEqual(['', '0', '1', '0', '1', '', '']);
});

it('remembers the scopes from one page to the next', () => {
  const known: Scopes = new Map();
  const pages = [toEvents(ofMap.slice(0, 3), known), toEvents(ofMap.slice(3), known)];
  expect(pages.flat()).toEqual(toEvents(ofMap, new Map()));
});

it('gives data as data, and leaves out whether it is whole', () => {
  const [entered, exited, failed, bare] = toEvents(
    [
      event(1, {
        type: 'TaskStateEntered',
        stateEnteredEventDetails: {
          name: 'Dump',
          input: '{"source":"shop"}',
          inputDetails: { truncated: false },
        },
      }),
      event(2, {
        type: 'TaskStateExited',
        stateExitedEventDetails: {
          name: 'Dump',
          output: 'no JSON',
          assignedVariables: { attempt: '2' },
          assignedVariablesDetails: { truncated: false },
        },
      }),
      event(3, {
        type: 'TaskFailed',
        taskFailedEventDetails: { error: 'E', cause: '{}' } as never,
      }),
      event(4, { type: 'SucceedStateEntered' }),
    ],
    new Map(),
  );
  expect(entered).toEqual({
    id: 1,
    time: '2026-11-21T02:00:00.000Z',
    type: 'TaskStateEntered',
    scope: '',
    details: { name: 'Dump', input: { source: 'shop' } },
  });
  expect(exited?.details).toEqual({
    name: 'Dump',
    output: 'no JSON',
    assignedVariables: { attempt: 2 },
  });
  expect(failed?.details).toEqual({ error: 'E', cause: '{}' });
  expect(bare).not.toHaveProperty('details');
});
