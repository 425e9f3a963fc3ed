import { expect, test } from 'vitest';
import type { BackupInput } from '../../src/core/contracts/machines.ts';
import { layout } from '../../src/core/layout.ts';
import { claimEpoch, endClaim, freezingRun } from '../../src/pipeline/failover/claim.ts';
import { planBackup } from '../../src/pipeline/plan.ts';
import { localLeaseHost } from '../../src/pipeline/vault/lease-owner.ts';
import { flip, openWorkshop, type Workshop } from './workshop.ts';

const incremental = {
  policies: {
    daily: { method: 'incremental', full: 'weekly', timezone: 'UTC' },
    hourly: { method: 'full', timezone: 'UTC' },
  },
} as const;

const plan = (
  { vault, source }: Workshop,
  input: Partial<BackupInput> = {},
  execution = 'exec-1',
) =>
  planBackup(
    { source: 'shop', ...input },
    { vault, source, execution, copies: true, signal: new AbortController().signal },
  );

test('takes the first policy and the first method of the engine', async () => {
  const workshop = await openWorkshop();
  expect(await plan(workshop)).toMatchObject({
    due: true,
    copies: true,
    dump: { source: 'shop', policy: 'daily', method: 'full', parent: null },
    retry: { attempts: 1 },
  });
});

test('names the policies there are when one is unknown', async () => {
  const workshop = await openWorkshop({ source: incremental });
  await expect(plan(workshop, { policy: 'dayly' })).rejects.toMatchObject({
    code: 'POLICY_UNKNOWN',
    hint: 'Its policies: daily, hourly.',
  });
});

test('a scheduled time is claimed once, and again by the same execution', async () => {
  const workshop = await openWorkshop();
  const input = { scheduledTime: '2026-11-02T02:00:00Z' };
  const first = await plan(workshop, input, 'exec-1');
  const other = await plan(workshop, input, 'exec-2');
  const repeated = await plan(workshop, input, 'exec-1');
  expect([first.due, other.due, repeated.due]).toEqual([true, false, true]);
  expect(first.retry.attempts).toBeGreaterThan(1);
});

test('the first incremental is a full, the next builds on the newest', async () => {
  const workshop = await openWorkshop({ source: incremental });
  expect((await plan(workshop)).dump.parent).toBeNull();
  const first = await workshop.backUp();
  expect((await plan(workshop)).dump.parent).toBe(first.backupId);
  const second = await workshop.backUp();
  expect(second.method).toBe('incremental');
  expect((await plan(workshop)).dump.parent).toBe(second.backupId);
});

test('a new full is due when the base is a week old', async () => {
  const workshop = await openWorkshop({ source: incremental });
  for (let day = 0; day < 7; day += 1) await workshop.backUp();
  const due = await plan(workshop);
  expect(due.dump.parent).toBeNull();
  expect(due.reason).toContain('as old as full: weekly');
});

test('does not build on a partial set', async () => {
  const workshop = await openWorkshop({ source: incremental });
  const whole = await workshop.backUp();
  workshop.world.partialReasons = ['a: EACCES'];
  await workshop.backUp();
  expect((await plan(workshop)).dump.parent).toBe(whole.backupId);
});

test('does not build on the set of another policy', async () => {
  const workshop = await openWorkshop({ source: incremental });
  await workshop.backUp('hourly');
  expect((await plan(workshop)).dump.parent).toBeNull();
});

test('takes a full where an object of the base is missing', async () => {
  const workshop = await openWorkshop({ source: incremental });
  const { backupId } = await workshop.backUp();
  await workshop.vault.store.delete(layout.object({ source: 'shop', id: backupId }, 'data', 0));
  const due = await plan(workshop);
  expect(due.dump.parent).toBeNull();
  expect(due.reason).toContain('is damaged');
});

test('takes a full where the manifest of the base was changed', async () => {
  const workshop = await openWorkshop({ source: incremental });
  const { backupId } = await workshop.backUp();
  await flip(workshop.vault, layout.manifest('shop', backupId));
  expect((await plan(workshop)).dump.parent).toBeNull();
});

test('takes a full where the base was archived: neither it nor a restore has to wait for it', async () => {
  const workshop = await openWorkshop({ source: incremental });
  const { backupId: base } = await workshop.backUp();
  await workshop.backUp();
  const { store } = workshop.vault;
  const head: typeof store.head = async (key) => {
    const info = await store.head(key);
    return info && key.startsWith(`data/shop/${base}/`) ? { ...info, coldTier: 'GLACIER' } : info;
  };
  const vault = { ...workshop.vault, store: { ...store, head } };
  const due = await plan({ ...workshop, vault });
  expect(due.dump.parent).toBeNull();
  expect(due.reason).toBe('full: the base lies in the archive tier GLACIER');
});

test('no backup begins while a failover silences its source: a schedule passes over, a person is told', async () => {
  const workshop = await openWorkshop();
  const { vault, source } = workshop;
  const freeze = { freeze: [{ source: 'shop' }] };
  const clusters = { orders: freeze, others: { freeze: [{ source: 'billing' }] } };
  const cluster = {
    name: 'orders',
    leaseStore: vault.leaseStore,
    host: localLeaseHost(),
    now: vault.now,
  };
  const given = {
    vault,
    source,
    execution: 'exec-1',
    copies: true,
    signal: new AbortController().signal,
  };
  const failover = () => freezingRun(clusters, 'shop', vault);
  const scheduled = { source: 'shop', scheduledTime: '2026-11-02T02:00:00Z' };
  const claim = await claimEpoch(cluster, 'fo-1');
  expect(await planBackup(scheduled, { ...given, failover })).toMatchObject({
    due: false,
    reason: 'fo-1 hands orders over',
  });
  await expect(planBackup({ source: 'shop' }, { ...given, failover })).rejects.toMatchObject({
    code: 'FAILOVER_RUNNING',
    exitCode: 11,
  });
  await endClaim(cluster, claim.epoch, 'succeeded');
  expect(await planBackup(scheduled, { ...given, failover })).toMatchObject({ due: true });
});

test('the backup of a failover is full, is not silenced by its own run, and the next increment builds on it', async () => {
  const workshop = await openWorkshop({ source: incremental });
  const { vault, source } = workshop;
  const before = await workshop.backUp();
  expect((await plan(workshop)).dump.parent).toBe(before.backupId);
  const cluster = { ...vault, name: 'orders', host: localLeaseHost(), now: vault.now };
  const { epoch } = await claimEpoch(cluster, 'fo-1');
  const clusters = { orders: { freeze: [{ source: 'shop' }] } };
  const signal = new AbortController().signal;
  const given = { vault, source, execution: 'exec-1', copies: false, signal };
  const failover = () => freezingRun(clusters, 'shop', vault);
  const of = (number: number) => ({
    source: 'shop',
    failover: { cluster: 'orders', epoch: number },
  });
  expect(await planBackup(of(epoch), { ...given, failover })).toMatchObject({
    ...{ due: true, retry: { attempts: 3 }, reason: 'full: orders was failed over (epoch 1)' },
    dump: { policy: 'daily', method: 'incremental', parent: null },
  });
  // One of an older run is silenced as any other.
  await expect(planBackup(of(epoch + 1), { ...given, failover })).rejects.toMatchObject({
    code: 'FAILOVER_RUNNING',
  });
});
