/** GetExecutionHistory's events in the shape that the history of one machine has. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Json } from '../core/canonical-json.ts';
import type { ExecutionEvent } from '../core/executions.ts';

/** Numbers of events → their scopes: an event is in that of the one before it. */
export type Scopes = Map<number, string>;

/** `events` in their order; `scopes` is kept between pages of one history. */
export const toEvents = (events: readonly HistoryEvent[], scopes: Scopes): ExecutionEvent[] =>
  events.map((event) => toEvent(event, scopes));

function toEvent(event: HistoryEvent, scopes: Scopes): ExecutionEvent {
  const { id = 0, type = '', timestamp } = event;
  const details = detailsOf(event);
  const scope = scopeOf(event, scopes);
  scopes.set(id, scope);
  return {
    id,
    time: (timestamp ?? new Date(0)).toISOString(),
    type,
    scope,
    ...(details !== undefined && { details }),
  };
}

function scopeOf(event: HistoryEvent, scopes: Scopes): string {
  const before = scopes.get(event.previousEventId ?? 0) ?? '';
  if (event.type === 'MapIterationStarted') {
    const index = String(event.mapIterationStartedEventDetails?.index ?? '');
    return before === '' ? index : `${before}/${index}`;
  }
  const endsMap = /^MapState(Succeeded|Failed|Aborted)$/.test(event.type ?? '');
  return endsMap ? before.split('/').slice(0, -1).join('/') : before;
}

/** Each type of event has its own member `…EventDetails`. */
function detailsOf(event: HistoryEvent): Json | undefined {
  const [, details] =
    Object.entries(event).find(([key, value]) => key.endsWith('EventDetails') && value) ?? [];
  if (details === undefined) return undefined;
  const members = Object.entries(details as Record<string, unknown>)
    .filter(([key, value]) => value !== undefined && value !== null && !truncations.has(key))
    .map(([key, value]) => [key, readable(key, value)]);
  return Object.fromEntries(members) as Json;
}

/** Say only whether input and output are whole. */
const truncations = new Set(['inputDetails', 'outputDetails', 'assignedVariablesDetails']);
const texts = new Set(['input', 'output', 'parameters']);

/** Data crosses the API as JSON text. */
function readable(key: string, value: unknown): unknown {
  if (key === 'assignedVariables') {
    const variables = Object.entries(value as Record<string, string>);
    return Object.fromEntries(variables.map(([name, text]) => [name, parseText(text)]));
  }
  return texts.has(key) ? parseText(value) : value;
}

export function parseText(text: unknown): Json {
  try {
    return JSON.parse(String(text)) as Json;
  } catch {
    return String(text);
  }
}
