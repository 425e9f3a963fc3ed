/** What channels are told about a problem. */
import { durationText } from '../duration.ts';
import type { AlertMessage } from '../ports/channel.ts';
import { alertKey, type Cleared, type Problem } from './change.ts';
import type { AlertState, Delivery } from './state.ts';

export type StoredMessage = Delivery['message'];

interface Moment {
  /** The vault's name: two vaults may have sources of one name. */
  readonly scope: string;
  readonly now: Date;
}

export const firingMessage = (problem: Problem, moment: Moment): StoredMessage => ({
  ...factsOf(problem, moment),
  status: 'firing',
});

export function escalatedMessage(state: AlertState, moment: Moment): StoredMessage {
  const { problem } = state;
  const open = openFor(state, moment.now);
  return {
    ...factsOf(problem, moment),
    status: 'escalated',
    title: `Not recovered for ${open}: ${problem.title}`,
    detail: `${problem.detail} It is open since ${state.openedAt}, times seen: ${state.occurrences}.`,
  };
}

export function resolvedMessage(state: AlertState, change: Cleared, moment: Moment): StoredMessage {
  const { problem } = state;
  return {
    ...factsOf(problem, moment),
    event: recoveryOf(problem.event),
    status: 'resolved',
    severity: 'info',
    title: `Recovered: ${problem.title}`,
    detail: `${change.detail} It was open for ${openFor(state, moment.now)}, since ${state.openedAt}.`,
    impact: change.impact,
    command: 'holdfast status',
  };
}

/** `backup.failed` → `backup.recovered`. */
const recoveryOf = (event: string): string => `${event.split('.')[0]}.recovered`;

const openFor = (state: AlertState, now: Date): string =>
  durationText((now.getTime() - new Date(state.openedAt).getTime()) / 1000);

function factsOf(problem: Problem, { scope, now }: Moment): Omit<StoredMessage, 'status'> {
  const { part, ...facts } = problem;
  const fields = part === undefined ? problem.fields : { destination: part, ...problem.fields };
  return { ...facts, fields, dedupKey: `${scope}.${alertKey(problem)}`, at: now.toISOString() };
}

export function toAlertMessage({ at, source, ...rest }: StoredMessage): AlertMessage {
  return { ...rest, ...(source === undefined ? {} : { source }), at: new Date(at) };
}
