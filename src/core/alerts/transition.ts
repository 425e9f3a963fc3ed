/**
 * An alert's life: closed → open → (escalated) → closed. A message is queued on a change of state, not
 * on each run; sending it is somebody else's work, and the outbox remembers what was not taken.
 */
import type { Route } from '../config/schema.ts';
import { durationSeconds } from '../config/values.ts';
import type { AlertChange, Cleared, Problem } from './change.ts';
import { escalatedMessage, firingMessage, resolvedMessage, type StoredMessage } from './message.ts';
import type { AlertState } from './state.ts';

export interface AlertContext {
  readonly routes: readonly Route[];
  /** Put before every deduplication key: the vault's name. */
  readonly scope: string;
  readonly now: Date;
}

/** Undefined in and out: nothing was ever known, and nothing is wrong. */
export function applyChange(
  state: AlertState | undefined,
  change: AlertChange,
  context: AlertContext,
): AlertState | undefined {
  if (change.kind === 'raised') return raise(state, change.problem, context);
  return state?.status === 'open' ? clear(state, change, context) : state;
}

/** A channel that a later configuration routes here hears of an open problem when it is seen again. */
function raise(state: AlertState | undefined, problem: Problem, context: AlertContext): AlertState {
  const open = state?.status === 'open' ? state : opened(state, problem, context);
  const wanted = routesOf(problem, context.routes).flatMap(({ to }) => to);
  const untold = distinct(wanted).filter((channel) => !open.notified.includes(channel));
  const seen = {
    ...open,
    problem,
    lastSeenAt: context.now.toISOString(),
    occurrences: open.occurrences + 1,
    notified: [...open.notified, ...untold],
  };
  return enqueue(seen, untold, firingMessage(seen, context.now));
}

function opened(
  earlier: AlertState | undefined,
  problem: Problem,
  { now, scope }: AlertContext,
): AlertState {
  const at = now.toISOString();
  return {
    format: 1,
    status: 'open',
    scope,
    problem,
    openedAt: at,
    lastSeenAt: at,
    occurrences: 0,
    notified: [],
    escalated: [],
    outbox: earlier?.outbox ?? [],
  };
}

/** What has not gone out yet is not sent any more: the news is that it is over. */
function clear(state: AlertState, change: Cleared, context: AlertContext): AlertState {
  const closed: AlertState = {
    ...state,
    status: 'closed',
    closedAt: context.now.toISOString(),
    outbox: state.outbox.filter(({ message }) => message.status === 'resolved'),
  };
  const told = distinct([...state.notified, ...state.escalated]);
  return enqueue(closed, told, resolvedMessage(state, change, context.now));
}

/** Tells the next in line once the problem has lasted as long as its routes say. */
export function escalate(state: AlertState, context: AlertContext): AlertState {
  if (state.status === 'closed') return state;
  const openSeconds = (context.now.getTime() - new Date(state.openedAt).getTime()) / 1000;
  const due = routesOf(state.problem, context.routes)
    .flatMap(({ escalate }) => escalate ?? [])
    .filter(({ after }) => openSeconds >= durationSeconds(after))
    .flatMap(({ to }) => to);
  const untold = distinct(due).filter((channel) => !state.escalated.includes(channel));
  const escalated = [...state.escalated, ...untold];
  return enqueue({ ...state, escalated }, untold, escalatedMessage(state, context.now));
}

const routesOf = ({ event }: Problem, routes: readonly Route[]): Route[] =>
  routes.filter(({ on }) => on.includes(event));

const distinct = (names: readonly string[]): string[] => [...new Set(names)];

function enqueue(
  state: AlertState,
  channels: readonly string[],
  message: StoredMessage,
): AlertState {
  const deliveries = channels.map((channel) => ({
    id: `${message.status}-${message.at}-${channel}`,
    channel,
    message,
    attempts: 0,
  }));
  return { ...state, outbox: [...state.outbox, ...deliveries] };
}
