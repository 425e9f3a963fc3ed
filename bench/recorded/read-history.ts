/** What an execution's history tells: transitions, events, sizes of what states pass, time in functions. */
import type { RecordedRun } from '../../src/core/cost/recorded.ts';
import type { HistoryEvent } from '../../src/runner/index.ts';

/** What the history alone tells: it counts no requests to the store. */
export type ReadHistory = Omit<RecordedRun, 'put' | 'get'>;

export function readHistory(events: readonly HistoryEvent[]): ReadHistory {
  const entered = events.filter(({ type }) => type.endsWith('StateEntered')).length;
  const scheduled = events.filter(({ type }) => type === 'TaskScheduled');
  const visits = events.filter(({ type }) => type === 'TaskStateEntered').length;
  const functions = scheduled.filter((event) => detail(event, 'resourceType') === 'lambda');
  return {
    transitions: entered + (scheduled.length - visits),
    events: events.length,
    largestPayloadBytes: Math.max(...events.map(sizeOf)),
    functions: functions.length,
    functionSeconds: functions.reduce((sum, event) => sum + secondsFrom(event, events), 0),
    tasks: scheduled.length - functions.length,
  };
}

const detail = ({ details }: HistoryEvent, name: string): unknown =>
  (details as Record<string, unknown> | undefined)?.[name];

const sizeOf = ({ details }: HistoryEvent): number =>
  Buffer.byteLength(JSON.stringify(details ?? null));

function secondsFrom(start: HistoryEvent, events: readonly HistoryEvent[]): number {
  const end = events.find(
    ({ id, scope, type }) =>
      id > start.id && scope === start.scope && (type === 'TaskSucceeded' || type === 'TaskFailed'),
  );
  return end === undefined ? 0 : (Date.parse(end.time) - Date.parse(start.time)) / 1000;
}
