/** What channels are told about a problem. */
import { durationText } from '../duration.ts';
import type { AlertMessage } from '../ports/channel.ts';
import { alertKey, type Cleared } from './change.ts';
import type { AlertState, Delivery } from './state.ts';

export type StoredMessage = Delivery['message'];

export const firingMessage = (state: AlertState, now: Date): StoredMessage => ({
  ...factsOf(state, now),
  status: 'firing',
});

export function escalatedMessage(state: AlertState, now: Date): StoredMessage {
  const { problem, openedAt, occurrences } = state;
  return {
    ...factsOf(state, now),
    status: 'escalated',
    title: `Not recovered for ${openFor(state, now)}: ${problem.title}`,
    detail: `${problem.detail} It is open since ${openedAt}, times seen: ${occurrences}.`,
  };
}

export function resolvedMessage(state: AlertState, change: Cleared, now: Date): StoredMessage {
  const { problem } = state;
  return {
    ...factsOf(state, now),
    event: recoveryOf(problem.event),
    status: 'resolved',
    severity: 'info',
    title: `Recovered: ${problem.title}`,
    detail: `${change.detail} It was open for ${openFor(state, now)}, since ${state.openedAt}.`,
    impact: change.impact,
    command: 'holdfast status',
  };
}

/** `backup.failed` → `backup.recovered`. */
const recoveryOf = (event: string): string => `${event.split('.')[0]}.recovered`;

const openFor = (state: AlertState, now: Date): string =>
  durationText((now.getTime() - new Date(state.openedAt).getTime()) / 1000);

function factsOf({ problem, scope }: AlertState, now: Date): Omit<StoredMessage, 'status'> {
  const { part, ...facts } = problem;
  const fields = part === undefined ? problem.fields : { destination: part, ...problem.fields };
  return { ...facts, fields, dedupKey: `${scope}.${alertKey(problem)}`, at: now.toISOString() };
}

export function toAlertMessage({ at, source, link, ...rest }: StoredMessage): AlertMessage {
  return {
    ...rest,
    ...(source === undefined ? {} : { source }),
    ...(link === undefined ? {} : { link }),
    at: new Date(at),
  };
}

/** Whoever reads it pastes the command elsewhere: `holdfast status` → `holdfast --stage prod status`. */
export function forStage(message: AlertMessage, stage: string | undefined): AlertMessage {
  if (stage === undefined) return message;
  const staged = (text: string): string =>
    text.replaceAll(/(^|`)holdfast (?!--stage )/g, `$1holdfast --stage ${stage} `);
  return { ...message, command: staged(message.command), detail: staged(message.detail) };
}
