/**
 * Alerts on change. The new state, with its messages in the outbox, is written before anything is sent:
 * a process that dies in between leaves them to the next run. Two processes at once may send a message
 * twice, never not at all; receivers tell doubles by the deduplication key.
 */
import {
  type AlertChange,
  type AlertState,
  alertKey,
  applyChange,
  cleared,
  type DeliveryResult,
  escalate,
  settle,
  toAlertMessage,
} from '../../core/alerts/index.ts';
import { type AlertMemory, loadAlert, loadAlerts, saveAlert } from './alert-states.ts';
import { deliver, type Parcel, type Receipt } from './deliver.ts';
import type { Notifier, NotifyReport } from './notifier.ts';

/** Takes what a run found. Rejects never: an alert that cannot be told fails no backup. */
export async function notify(
  changes: readonly AlertChange[],
  notifier: Notifier,
): Promise<NotifyReport> {
  const states = new Map<string, AlertState>();
  const byKey = Map.groupBy(changes, (change) =>
    alertKey(change.kind === 'raised' ? change.problem : change),
  );
  for (const [key, found] of byKey) {
    const known = await loadAlert(notifier, key);
    const state = found.reduce(
      (before, change) => applyChange(before, change, { ...notifier, now: notifier.now() }),
      known,
    );
    if (state && state !== known) states.set(key, state);
  }
  return commitAndSend(states, notifier);
}

/**
 * What time alone changes, to be called every few minutes: escalations, messages no channel took, and
 * alerts of sources that left the configuration.
 */
export async function tendAlerts(
  notifier: Notifier,
  sources: ReadonlySet<string>,
): Promise<NotifyReport> {
  const states = new Map<string, AlertState>();
  for (const [key, known] of await loadAlerts(notifier)) {
    const state = tended(known, sources, notifier);
    if (state.outbox.length > 0 || state.status !== known.status) states.set(key, state);
  }
  return commitAndSend(states, notifier);
}

function tended(known: AlertState, sources: ReadonlySet<string>, notifier: Notifier): AlertState {
  const context = { ...notifier, now: notifier.now() };
  if (sources.has(known.problem.source)) return escalate(known, context);
  const gone = cleared(known.problem, {
    detail: `The source ${known.problem.source} is no longer in the configuration.`,
    impact: 'Nothing watches this source any more.',
  });
  return applyChange(known, gone, context) ?? known;
}

/** What is wrong at present. */
export async function openAlerts(memory: AlertMemory): Promise<AlertState[]> {
  const alerts = await loadAlerts(memory);
  return [...alerts.values()].filter(({ status }) => status === 'open');
}

async function commitAndSend(
  states: ReadonlyMap<string, AlertState>,
  notifier: Notifier,
): Promise<NotifyReport> {
  for (const [key, state] of states) await saveAlert(notifier, key, state);
  const parcels = [...states].flatMap(([key, state]) => parcelsOf(key, state));
  const receipts = await deliver(parcels, notifier);
  for (const [key, state] of states) {
    const results = receipts.filter(({ id }) => id.startsWith(`${key}/`)).map(resultOf);
    if (results.length > 0) await settleAlert(key, { state, results }, notifier);
  }
  return reportOf(receipts);
}

const parcelsOf = (key: string, state: AlertState): Parcel[] =>
  state.outbox.map(({ id, channel, message }) => ({
    id: `${key}/${id}`,
    channel,
    message: toAlertMessage(message),
  }));

function resultOf({ id, error }: Receipt): DeliveryResult {
  const delivery = id.slice(id.indexOf('/') + 1);
  return error === undefined ? { id: delivery } : { id: delivery, error };
}

/** On the state as it is by now: another process may have moved it on while the messages went out. */
async function settleAlert(
  key: string,
  sent: { readonly state: AlertState; readonly results: readonly DeliveryResult[] },
  notifier: Notifier,
): Promise<void> {
  const state = (await loadAlert(notifier, key)) ?? sent.state;
  await saveAlert(notifier, key, settle(state, sent.results, notifier.now()));
}

function reportOf(receipts: readonly Receipt[]): NotifyReport {
  const failed = receipts.flatMap(({ channel, message, error }) =>
    error === undefined ? [] : [{ channel, title: message.title, error }],
  );
  return { delivered: receipts.length - failed.length, failed };
}
