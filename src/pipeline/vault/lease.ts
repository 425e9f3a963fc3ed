/** One writer at a time: a lease that renews itself, and that a dead owner does not keep. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LeaseHeldError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import type { ObjectStore } from '../../core/ports/store.ts';
import { hasCode } from './documents.ts';
import {
  type LeaseFile,
  leaseTokens,
  type NewestLease,
  newestLease,
  writeLease,
} from './lease-file.ts';
import { type LeaseHost, localLeaseHost } from './lease-owner.ts';
import { keepLease, type Lease } from './lease-renewal.ts';
import type { Vault } from './vault.ts';

type LeaseVault = Pick<Vault, 'leaseStore' | 'now'>;

export interface LeaseOptions {
  /** How long a holder that falls silent keeps it; renewed at a third of that. */
  readonly ttlSeconds: number;
  readonly signal: AbortSignal;
  readonly host?: LeaseHost;
  /** Milliseconds that never jump: `performance.now`. */
  readonly monotonic?: () => number;
}

/**
 * Rejects with LeaseHeldError `LEASE_HELD` while another holds it. A holder that died on this host is
 * replaced at once, another at its expiry.
 */
export async function acquireLease(
  vault: LeaseVault,
  name: string,
  options: LeaseOptions,
): Promise<Lease> {
  const { host = localLeaseHost(), monotonic = () => performance.now(), ttlSeconds } = options;
  const store = vault.leaseStore;
  const newest = await newestLease(store, name);
  if (newest && !(await isFree(vault, name, newest, { ...options, host })))
    throw held(name, newest);
  const [acquiredAt, startedAt] = [vault.now(), monotonic()];
  const file: LeaseFile = {
    format: 1,
    name,
    token: (newest?.token ?? 0) + 1,
    nonce: randomUUID(),
    owner: host.self,
    ttlSeconds,
    renewal: 0,
    expiresAt: new Date(acquiredAt.getTime() + ttlSeconds * 1000).toISOString(),
    released: false,
  };
  await claim(store, file, options.signal);
  await forgetOlder(store, file);
  return keepLease({ store, file, acquiredAt, startedAt, monotonic });
}

/** Whether somebody may hold it now: the sweep touches nothing of a live holder. */
export async function isLeaseHeld(
  vault: LeaseVault,
  name: string,
  host: LeaseHost = localLeaseHost(),
): Promise<boolean> {
  const newest = await newestLease(vault.leaseStore, name);
  if (!newest) return false;
  return judge(newest.file, vault.now(), host) !== 'free';
}

/**
 * `unclear` where the clock cannot say: it runs past the expiry of a holder that lives on this host, or
 * so far before it that it was set back, or the file is damaged.
 */
function judge(
  file: LeaseFile | undefined,
  now: Date,
  host: LeaseHost,
): 'free' | 'held' | 'unclear' {
  if (!file) return 'unclear';
  if (file.released) return 'free';
  const seen = host.look(file.owner);
  if (seen === 'dead') return 'free';
  const leftSeconds = (new Date(file.expiresAt).getTime() - now.getTime()) / 1000;
  if (seen === 'alive') return leftSeconds > 0 ? 'held' : 'unclear';
  if (leftSeconds <= 0) return 'free';
  return leftSeconds > file.ttlSeconds + 1 ? 'unclear' : 'held';
}

async function isFree(
  vault: LeaseVault,
  name: string,
  newest: NewestLease,
  options: LeaseOptions & { readonly host: LeaseHost },
): Promise<boolean> {
  const verdict = judge(newest.file, vault.now(), options.host);
  if (verdict !== 'unclear') return verdict === 'free';
  // A holder renews at a third of its time: one that does not in all of it is gone, whatever clocks say.
  const seconds = newest.file?.ttlSeconds ?? options.ttlSeconds;
  await sleep(seconds * 1000, undefined, { signal: options.signal });
  const later = await newestLease(vault.leaseStore, name);
  return later?.token === newest.token && later.file?.renewal === newest.file?.renewal;
}

async function claim(store: ObjectStore, file: LeaseFile, signal: AbortSignal): Promise<void> {
  try {
    await writeLease(store, file, { ifAbsent: true, signal });
  } catch (error) {
    if (hasCode(error, 'OBJECT_EXISTS'))
      throw held(file.name, { token: file.token, file: undefined });
    throw error;
  }
}

/** Only lower tokens go: the highest is what the next holder counts from. */
async function forgetOlder(store: ObjectStore, file: LeaseFile): Promise<void> {
  for (const token of await leaseTokens(store, file.name)) {
    if (token < file.token) await store.delete(layout.lease(file.name, token));
  }
}

function held(name: string, { token, file }: NewestLease): LeaseHeldError {
  const owner = file ? `process ${file.owner.pid} on ${file.owner.machine}` : 'another process';
  const until = file ? ` until ${file.expiresAt}` : '';
  return new LeaseHeldError(`${name} is held by ${owner}${until} (token ${token})`, {
    code: 'LEASE_HELD',
    hint: 'Wait for it to end: `holdfast executions` shows what is running.',
    retryable: true,
  });
}
