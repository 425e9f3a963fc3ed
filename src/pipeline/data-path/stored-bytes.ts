/** The stored bytes of one object: ranges read in parallel, given in order, size and SHA-256 checked. */
import { createHash } from 'node:crypto';
import { type HoldfastError, IntegrityError, StoreError } from '../../core/errors.ts';
import type { StoredObject } from '../../core/manifest.ts';
import type { GetOptions, ObjectStore } from '../../core/ports/store.ts';
import { untilAborted } from './abort-cause.ts';
import type { ReadBudget } from './read-budget.ts';
import type { Watchdog } from './watchdog.ts';

const rangeBytes = 4 * 1024 * 1024;

export interface StoredSource {
  readonly store: ObjectStore;
  readonly budget: ReadBudget;
  readonly signal: AbortSignal;
  readonly watchdog: Watchdog;
  readonly onRead: (bytes: number) => void;
}

/**
 * Rejects with IntegrityError after the last byte when the hash differs: the consumer holds something
 * back until it has ended.
 */
export async function* readStored(
  source: StoredSource,
  object: StoredObject,
): AsyncGenerator<Uint8Array> {
  const get = await rangeGetter(source, object);
  const whole = createHash('sha256');
  for await (const bytes of inOrder(source, object.sizeBytes, get)) {
    whole.update(bytes);
    source.onRead(bytes.length);
    yield bytes;
  }
  const found = whole.digest('hex');
  if (found !== object.sha256) throw damaged(object.key, `its SHA-256 is ${found}`);
}

type GetRange = (start: number, signal: AbortSignal) => Promise<Uint8Array>;

/** Pinned to one version: an object replaced between two ranges is noticed. */
async function rangeGetter(source: StoredSource, object: StoredObject): Promise<GetRange> {
  const { key, sizeBytes } = object;
  const pin = await pinVersion(source, object);
  return async (start, signal) => {
    const end = Math.min(start + rangeBytes, sizeBytes);
    const bytes = await read(source.store, key, { range: { start, end }, signal, ...pin });
    if (bytes.length !== end - start) throw damaged(key, 'it is shorter than recorded');
    return bytes;
  };
}

/** The recorded version where the store has it; a copy in another store has its own. */
async function pinVersion(
  { store, signal }: StoredSource,
  { key, sizeBytes, versionId }: StoredObject,
): Promise<GetOptions> {
  const pin = versionId === undefined ? undefined : { versionId };
  if (pin && (await holdsVersion(store, key, { ...pin, signal }))) return pin;
  const info = await store.head(key, signal);
  if (!info) throw missing(key);
  if (info.sizeBytes !== sizeBytes) {
    throw damaged(key, `it has ${info.sizeBytes} bytes, not ${sizeBytes}`);
  }
  return info.etag === undefined ? {} : { ifMatch: info.etag };
}

async function holdsVersion(store: ObjectStore, key: string, pin: GetOptions): Promise<boolean> {
  try {
    await store.get(key, { ...pin, range: { start: 0, end: 1 } });
    return true;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'OBJECT_MISSING') return false;
    throw error;
  }
}

async function read(store: ObjectStore, key: string, options: GetOptions): Promise<Uint8Array> {
  try {
    return await store.get(key, options);
  } catch (error) {
    throw error instanceof StoreError ? integrityOf(key, error) : error;
  }
}

function integrityOf(key: string, error: StoreError): HoldfastError {
  if (error.code === 'OBJECT_MISSING') return missing(key);
  if (error.code === 'STORE_CORRUPT') return damaged(key, error.message);
  if (error.code === 'OBJECT_CHANGED') return damaged(key, 'it was replaced while it was read');
  return error;
}

/** As many ranges ahead as the budget allows; the one that is waited for is always allowed. */
async function* inOrder(
  { budget, signal, watchdog }: StoredSource,
  sizeBytes: number,
  get: GetRange,
): AsyncGenerator<Uint8Array> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const ahead: Range[] = [];
  let start = 0;
  const readAhead = (): void => {
    while (start < sizeBytes && (ahead.length === 0 || budget.tryTake())) {
      const bytes = get(start, either);
      // It may fail before anybody waits for it.
      bytes.catch(() => undefined);
      ahead.push({ bytes, isExtra: ahead.length > 0 });
      start += rangeBytes;
    }
  };
  try {
    for (readAhead(); ahead[0]; readAhead()) {
      yield await watchdog.during(untilAborted(ahead[0].bytes, signal));
      release(budget, ahead.shift());
    }
  } finally {
    stop.abort();
    for (const range of ahead) release(budget, range);
  }
}

interface Range {
  readonly bytes: Promise<Uint8Array>;
  /** Taken from the budget. */
  readonly isExtra: boolean;
}

function release(budget: ReadBudget, range: Range | undefined): void {
  if (range?.isExtra) budget.giveBack();
}

export function damaged(key: string, seen: string, cause?: unknown): IntegrityError {
  return new IntegrityError(`${key} is damaged: ${seen}`, {
    code: 'OBJECT_DAMAGED',
    hint: 'Restore another backup or from a copy: `holdfast list`, `holdfast verify --all`.',
    cause,
  });
}

function missing(key: string): IntegrityError {
  return new IntegrityError(`${key} is missing`, {
    code: 'OBJECT_MISSING',
    hint: 'Restore another backup or from a copy: `holdfast list`, `holdfast verify --all`.',
  });
}
