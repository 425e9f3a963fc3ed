/** The remembered alerts in the vault. What cannot be read counts as unknown: an alert rather goes out twice. */
import type { z } from 'zod';
import { type AlertState, alertStateSchema } from '../../core/alerts/index.ts';
import { reportError, StoreError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import type { ObjectStore } from '../../core/ports/store.ts';
import type { Notifier } from './notifier.ts';

type Memory = Pick<Notifier, 'store' | 'signal' | 'log'>;

export const loadAlert = (memory: Memory, key: string): Promise<AlertState | undefined> =>
  loadDocument(memory, layout.alert(key), alertStateSchema);

export const saveAlert = (memory: Memory, key: string, state: AlertState): Promise<void> =>
  saveDocument(memory, layout.alert(key), state);

/** Every alert ever raised, open or closed, by key. */
export async function loadAlerts(memory: Memory): Promise<Map<string, AlertState>> {
  const alerts = new Map<string, AlertState>();
  for await (const { key: object } of memory.store.list(layout.alerts, { signal: memory.signal })) {
    const key = object.slice(layout.alerts.length).replace(/\.json$/, '');
    // A key without a dot is no alert: the digest's own state.
    const state = key.includes('.') ? await loadAlert(memory, key) : undefined;
    if (state) alerts.set(key, state);
  }
  return alerts;
}

export async function loadDocument<T>(
  { store, signal, log }: Memory,
  object: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readText(store, object, signal)));
  } catch (error) {
    if (error instanceof StoreError && error.code === 'OBJECT_MISSING') return undefined;
    log(`alert state ${object} cannot be read`, { error: reportError(error).message });
    return undefined;
  }
}

async function readText(store: ObjectStore, object: string, signal: AbortSignal): Promise<string> {
  return Buffer.from(await store.get(object, { signal })).toString('utf8');
}

/** A vault that cannot be written is often the very news: it must not hold the message up. */
export async function saveDocument(
  { store, signal, log }: Memory,
  object: string,
  document: unknown,
): Promise<void> {
  try {
    const bytes = Buffer.from(JSON.stringify(document));
    await store.put(object, bytes, { ifAbsent: false, signal });
  } catch (error) {
    log(`alert state ${object} cannot be written`, { error: reportError(error).message });
  }
}
