import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaseHeldError } from '../../../src/core/errors.ts';
import { layout } from '../../../src/core/layout.ts';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import {
  acquireLease,
  isLeaseHeld,
  type Lease,
  type LeaseHost,
  localLeaseHost,
} from '../../../src/pipeline/vault/index.ts';
import { openMemoryStore } from '../../../src/storage/memory/index.ts';
import { type Clock, clockAt, keysOf, signal } from './sample-set.ts';

const { self } = localLeaseHost();
/** Another process, of which this one sees what `seen` says. */
const host = (seen: 'alive' | 'dead' | 'unknown', pid = 4242): LeaseHost => ({
  self: { ...self, pid },
  look: () => seen,
});

let store: ObjectStore;
let clock: Clock;
let taken: Lease[];
const vault = () => ({ leaseStore: store, now: clock.now });
async function take(options: { host?: LeaseHost; ttlSeconds?: number; now?: () => Date } = {}) {
  const { now = clock.now, ...rest } = options;
  const lease = await acquireLease({ leaseStore: store, now }, 'source-orders', {
    ttlSeconds: 60,
    signal,
    ...rest,
  });
  taken.push(lease);
  return lease;
}

beforeEach(() => {
  store = openMemoryStore();
  clock = clockAt('2026-11-21T02:00:00Z');
  taken = [];
});
afterEach(async () => {
  await Promise.allSettled(taken.map((lease) => lease.release()));
});

describe('acquireLease', () => {
  it('lets one in, refuses the second, and lets it in after the release', async () => {
    const first = await take();
    await expect(take()).rejects.toBeInstanceOf(LeaseHeldError);
    await first.release();
    expect((await take()).token).toBe(first.token + 1);
  });

  it('lets exactly one of many in at once', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 10 }, () => take()));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const reasons = tries.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(reasons.every((reason) => reason instanceof LeaseHeldError)).toBe(true);
  });

  it('takes over at once from an owner that is dead on this host', async () => {
    await take();
    expect((await take({ host: host('dead') })).token).toBe(2);
  });

  it('waits for the expiry of an owner elsewhere', async () => {
    await take();
    clock.advance(59);
    await expect(take({ host: host('unknown') })).rejects.toBeInstanceOf(LeaseHeldError);
    clock.advance(2);
    expect((await take({ host: host('unknown') })).token).toBe(2);
  });

  it('never deletes the highest token', async () => {
    for (let n = 0; n < 3; n += 1) await (await take()).release();
    expect(await keysOf(store, layout.leases('source-orders'))).toEqual([
      layout.lease('source-orders', 3),
    ]);
  });
});

describe('a clock that was moved', () => {
  it('back neither keeps a silent holder for ever nor lets anyone in at once', async () => {
    const silent = { ...store, put: keepFirstPuts(store) };
    await acquireLease({ leaseStore: silent, now: clock.now }, 'source-orders', {
      ttlSeconds: 0.3,
      signal,
    });
    clock.advance(-86_400);
    const startedAt = performance.now();
    const lease = await take({ host: host('unknown'), ttlSeconds: 0.3 });
    expect(lease.token).toBe(2);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(290);
  });

  it('back does not end a holder that renews', async () => {
    const lease = await take({ ttlSeconds: 0.3 });
    clock.advance(-86_400);
    await expect(take({ host: host('unknown'), ttlSeconds: 0.3 })).rejects.toBeInstanceOf(
      LeaseHeldError,
    );
    await expect(lease.check()).resolves.toBeUndefined();
  });

  it('forward does not end a holder that lives on this host', async () => {
    const lease = await take({ ttlSeconds: 0.3 });
    const later = () => new Date(clock.now().getTime() + 86_400_000);
    await expect(take({ host: host('alive'), ttlSeconds: 0.3, now: later })).rejects.toBeInstanceOf(
      LeaseHeldError,
    );
    await expect(lease.check()).resolves.toBeUndefined();
  });

  it('back does not make renewals look expired elsewhere', async () => {
    await take({ ttlSeconds: 0.3 });
    const elsewhere = clock.now();
    clock.advance(-86_400);
    await sleep(200);
    await expect(
      take({ host: host('unknown'), ttlSeconds: 0.3, now: () => elsewhere }),
    ).rejects.toBeInstanceOf(LeaseHeldError);
  });
});

/** A holder that was suspended: its claim went out, its renewals do not. */
function keepFirstPuts(from: ObjectStore): ObjectStore['put'] {
  return (key, bytes, options) =>
    options.ifAbsent ? from.put(key, bytes, options) : Promise.reject(new Error('suspended'));
}

describe('a held lease', () => {
  it('renews itself beyond its time', async () => {
    const lease = await take({ ttlSeconds: 0.2 });
    await sleep(500);
    await expect(lease.check()).resolves.toBeUndefined();
    expect(lease.lost.aborted).toBe(false);
  });

  it('is lost when another took it, and says so before a commit', async () => {
    const first = await take();
    await take({ host: host('dead') });
    await expect(first.check()).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(first.lost.aborted).toBe(true);
  });

  it('is lost when it cannot be renewed in time', async () => {
    const broken = { ...store, put: keepFirstPuts(store) };
    const lease = await acquireLease({ leaseStore: broken, now: clock.now }, 'source-orders', {
      ttlSeconds: 0.2,
      signal,
    });
    await sleep(500);
    expect(lease.lost.aborted).toBe(true);
    await expect(lease.check()).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });

  it('may be released twice, and stays released', async () => {
    const lease = await take({ ttlSeconds: 0.2 });
    await Promise.all([lease.release(), lease.release()]);
    await sleep(200);
    expect(await isLeaseHeld(vault(), 'source-orders')).toBe(false);
  });
});

describe('a damaged lease file', () => {
  it('blocks nobody longer than its time', async () => {
    await (await take({ ttlSeconds: 0.2 })).release();
    await store.put(layout.lease('source-orders', 1), Buffer.from('{'), { ifAbsent: false });
    expect((await take({ ttlSeconds: 0.2 })).token).toBe(2);
  });
});

describe('isLeaseHeld', () => {
  it('is true while held, false before, after and for the dead', async () => {
    expect(await isLeaseHeld(vault(), 'source-orders')).toBe(false);
    const lease = await take();
    expect(await isLeaseHeld(vault(), 'source-orders')).toBe(true);
    expect(await isLeaseHeld(vault(), 'source-orders', host('dead'))).toBe(false);
    await lease.release();
    expect(await isLeaseHeld(vault(), 'source-orders')).toBe(false);
  });
});
