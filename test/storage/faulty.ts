/** A real store with faults: calls that fail, wait, lose their answer, or bring damaged bytes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../../src/core/errors.ts';
import type { ObjectStore, Upload } from '../../src/core/ports/store.ts';

export type StoreMethod =
  | 'get'
  | 'head'
  | 'put'
  | 'upload'
  | 'part'
  | 'complete'
  | 'abort'
  | 'list'
  | 'listFolders'
  | 'delete'
  | 'extendLock'
  | 'thaw'
  | 'sweepUploads';

export interface StoreCall {
  readonly method: StoreMethod;
  /** The key, or the prefix of a list. */
  readonly key: string;
  /** From 1, over the calls of this method. */
  readonly nth: number;
}

export type Fault =
  /** Rejects; nothing was done. */
  | { readonly kind: 'fail'; readonly error?: Error }
  /** Does it, then rejects: the answer was lost on the way. */
  | { readonly kind: 'drop'; readonly error?: Error }
  /** Waits, then goes on. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Of `get`: the bytes end early. */
  | { readonly kind: 'cut'; readonly sizeBytes: number }
  /** Of `get`: one bit of the byte at `at` is another. */
  | { readonly kind: 'flip'; readonly at: number };

export type FaultPlan = (call: StoreCall) => Fault | undefined;

export interface FaultyStore extends ObjectStore {
  readonly calls: readonly StoreCall[];
}

/** Fails the `nth` call of `method` (every one without `nth`) on keys that match. */
export function on(
  method: StoreMethod,
  fault: Fault,
  only: { readonly nth?: number; readonly key?: RegExp } = {},
): FaultPlan {
  return (call) => {
    const isIt =
      call.method === method &&
      (only.nth === undefined || only.nth === call.nth) &&
      (only.key === undefined || only.key.test(call.key));
    return isIt ? fault : undefined;
  };
}

export function storeFault(code = 'STORE_UNREACHABLE'): StoreError {
  return new StoreError('The store failed: a fault of the test', { code, retryable: true });
}

export function faultyStore(inner: ObjectStore, ...plans: readonly FaultPlan[]): FaultyStore {
  const calls: StoreCall[] = [];
  const begin = (method: StoreMethod, key: string): Fault | undefined => {
    const nth = calls.filter((call) => call.method === method).length + 1;
    const call = { method, key, nth };
    calls.push(call);
    return plans.map((plan) => plan(call)).find((fault) => fault !== undefined);
  };
  const run = async <T>(method: StoreMethod, key: string, act: () => Promise<T>): Promise<T> => {
    const fault = begin(method, key);
    await before(fault);
    const result = await act();
    if (fault?.kind === 'drop') throw fault.error ?? storeFault();
    return result instanceof Uint8Array ? (damage(result, fault) as T) : result;
  };
  async function* listed<T>(
    method: StoreMethod,
    key: string,
    items: () => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    await before(begin(method, key));
    yield* items();
  }
  return {
    calls,
    url: inner.url,
    locks: inner.locks,
    get: (key, options) => run('get', key, () => inner.get(key, options)),
    head: (key, signal) => run('head', key, () => inner.head(key, signal)),
    put: (key, bytes, options) => run('put', key, () => inner.put(key, bytes, options)),
    upload: (key, options) =>
      run('upload', key, async () => faultyUpload(key, await inner.upload(key, options), run)),
    list: (prefix, options) => listed('list', prefix, () => inner.list(prefix, options)),
    listFolders: (prefix, signal) =>
      listed('listFolders', prefix, () => inner.listFolders(prefix, signal)),
    delete: (key, signal) => run('delete', key, () => inner.delete(key, signal)),
    extendLock: (key, until) => run('extendLock', key, () => inner.extendLock(key, until)),
    thaw: (key, request) => run('thaw', key, () => inner.thaw(key, request)),
    sweepUploads: (prefix, time) =>
      run('sweepUploads', prefix, () => inner.sweepUploads(prefix, time)),
    probe: () => inner.probe(),
    probeTiers: () => inner.probeTiers(),
    close: () => inner.close(),
  };
}

type Run = <T>(method: StoreMethod, key: string, act: () => Promise<T>) => Promise<T>;

function faultyUpload(key: string, upload: Upload, run: Run): Upload {
  return {
    part: (n, bytes, sha256) => run('part', key, () => upload.part(n, bytes, sha256)),
    complete: () => run('complete', key, () => upload.complete()),
    abort: () => run('abort', key, () => upload.abort()),
  };
}

async function before(fault: Fault | undefined): Promise<void> {
  if (fault?.kind === 'fail') throw fault.error ?? storeFault();
  if (fault?.kind === 'delay') await sleep(fault.milliseconds);
}

function damage(bytes: Uint8Array, fault: Fault | undefined): Uint8Array {
  if (fault?.kind === 'cut') return bytes.subarray(0, fault.sizeBytes);
  if (fault?.kind !== 'flip') return bytes;
  const damaged = Uint8Array.from(bytes);
  damaged[fault.at] = (damaged[fault.at] ?? 0) ^ 1;
  return damaged;
}
