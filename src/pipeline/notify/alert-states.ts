/**
 * The remembered alerts: in the vault, and while it cannot be written in the spare memory. What cannot
 * be read counts as unknown: an alert rather goes out twice.
 */
import type { z } from 'zod';
import { type AlertState, alertStateSchema } from '../../core/alerts/index.ts';
import { reportError, StoreError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import type { ObjectStore } from '../../core/ports/store.ts';
import type { Notifier } from './notifier.ts';

export type AlertMemory = Pick<Notifier, 'store' | 'spare' | 'signal' | 'log'>;

/** Of two memories the one that saw the alert last. */
export async function loadAlert(memory: AlertMemory, key: string): Promise<AlertState | undefined> {
  const states: AlertState[] = [];
  for (const store of memoriesOf(memory)) {
    const state = await loadDocument({ ...memory, store }, layout.alert(key), alertStateSchema);
    if (state) states.push(state);
  }
  return states.sort((a, b) => (changedAt(a) < changedAt(b) ? 1 : -1))[0];
}

export async function saveAlert(
  memory: AlertMemory,
  key: string,
  state: AlertState,
): Promise<void> {
  const { spare } = memory;
  const object = layout.alert(key);
  const saved = await saveDocument(memory, object, state);
  if (!spare) return;
  if (!saved) await saveDocument({ ...memory, store: spare }, object, state);
  else await attempt(memory, object, () => spare.delete(object));
}

/** Every alert ever raised, open or closed, by key. */
export async function loadAlerts(memory: AlertMemory): Promise<Map<string, AlertState>> {
  const alerts = new Map<string, AlertState>();
  for (const store of memoriesOf(memory)) {
    for (const key of await listKeys(store, memory)) {
      const state = alerts.has(key) ? undefined : await loadAlert(memory, key);
      if (state) alerts.set(key, state);
    }
  }
  return alerts;
}

async function listKeys(store: ObjectStore, memory: AlertMemory): Promise<string[]> {
  const keys: string[] = [];
  await attempt(memory, layout.alerts, async () => {
    for await (const { key } of store.list(layout.alerts, { signal: memory.signal })) {
      keys.push(key.slice(layout.alerts.length).replace(/\.json$/, ''));
    }
  });
  // A key without a dot is no alert: the digest's own state.
  return keys.filter((key) => key.includes('.'));
}

/** Logs what fails and goes on: see above. */
async function attempt(
  { log }: AlertMemory,
  object: string,
  act: () => Promise<void>,
): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    log(`alert state ${object} is out of reach`, { error: reportError(error).message });
    return false;
  }
}

const memoriesOf = ({ store, spare }: AlertMemory): ObjectStore[] =>
  spare ? [store, spare] : [store];

const changedAt = ({ lastSeenAt, closedAt = '' }: AlertState): string =>
  closedAt > lastSeenAt ? closedAt : lastSeenAt;

export async function loadDocument<T>(
  { store, signal, log }: AlertMemory,
  object: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  try {
    const bytes = await store.get(object, { signal });
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    if (error instanceof StoreError && error.code === 'OBJECT_MISSING') return undefined;
    log(`alert state ${object} cannot be read`, { error: reportError(error).message });
    return undefined;
  }
}

/** False when it was not saved: a vault that cannot be written is often the very news. */
export function saveDocument(
  memory: AlertMemory,
  object: string,
  document: unknown,
): Promise<boolean> {
  const { store, signal } = memory;
  return attempt(memory, object, async () => {
    const bytes = Buffer.from(JSON.stringify(document));
    await store.put(object, bytes, { ifAbsent: false, signal });
  });
}
