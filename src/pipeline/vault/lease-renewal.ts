/** The holder's side of a lease: renewing it in the background and noticing its loss. */
import { LeaseHeldError } from '../../core/errors.ts';
import type { ObjectStore } from '../../core/ports/store.ts';
import { type LeaseFile, leaseTokens, writeLease } from './lease-file.ts';

export interface Lease {
  readonly token: number;
  /** Aborted once another holds it, or it could not be renewed in time. */
  readonly lost: AbortSignal;
  /** Call before each commit and each page of deletions. Rejects with LeaseHeldError `LEASE_LOST`. */
  check(): Promise<void>;
  /** Lets the next one in at once. Safe to repeat. */
  release(): Promise<void>;
}

interface Holding {
  readonly store: ObjectStore;
  readonly file: LeaseFile;
  readonly acquiredAt: Date;
  /** Of `monotonic`, in milliseconds. */
  readonly startedAt: number;
  readonly monotonic: () => number;
}

export function keepLease({ store, file, acquiredAt, startedAt, monotonic }: Holding): Lease {
  const ttl = file.ttlSeconds * 1000;
  const lost = new AbortController();
  let [current, renewedAt, ended] = [file, startedAt, false];
  let timer: NodeJS.Timeout | undefined;
  let tail: Promise<unknown> = Promise.resolve();

  // One write at a time, or a renewal under way would undo the release.
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = tail.then(work);
    tail = turn.catch(() => undefined);
    return turn;
  };
  const rewrite = async (released: boolean): Promise<void> => {
    const at = monotonic();
    // Counted from the acquisition by the monotonic clock: setting the clock back shortens nothing.
    const expiresAt = new Date(acquiredAt.getTime() + (at - startedAt) + ttl).toISOString();
    current = { ...current, renewal: current.renewal + 1, expiresAt, released };
    await writeLease(store, current, { ifAbsent: false });
    renewedAt = at;
  };
  const assertHighest = async (): Promise<void> => {
    const highest = (await leaseTokens(store, file.name)).at(-1);
    if (highest !== file.token) lost.abort(leaseLost(file, highest));
    lost.signal.throwIfAborted();
  };
  const renew = async (): Promise<void> => {
    await rewrite(false);
    await assertHighest();
  };
  const beat = async (): Promise<void> => {
    try {
      await inTurn(renew);
      schedule(ttl / 3);
    } catch (error) {
      if (monotonic() - renewedAt > ttl) lost.abort(leaseLost(file, undefined, error));
      schedule(ttl / 10);
    }
  };
  const schedule = (delay: number): void => {
    if (ended || lost.signal.aborted) return;
    timer = setTimeout(() => void beat(), delay);
    timer.unref();
  };
  schedule(ttl / 3);

  return {
    token: file.token,
    lost: lost.signal,
    check: () =>
      inTurn(async () => {
        lost.signal.throwIfAborted();
        await (monotonic() - renewedAt > ttl ? renew() : assertHighest());
      }),
    release: () =>
      inTurn(async () => {
        clearTimeout(timer);
        if (ended || lost.signal.aborted) return;
        ended = true;
        await rewrite(true);
      }),
  };
}

function leaseLost(file: LeaseFile, highest: number | undefined, cause?: unknown): LeaseHeldError {
  const seen = highest === undefined ? 'it could not be renewed' : `token ${highest} holds it`;
  return new LeaseHeldError(`The lease ${file.name} was lost: ${seen} (ours is ${file.token})`, {
    code: 'LEASE_LOST',
    hint: 'Nothing was committed after the loss; run it again.',
    cause,
    retryable: true,
  });
}
