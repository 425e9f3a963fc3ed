import { expect, test } from 'vitest';
import { SourceError, ToolError } from '../../src/core/errors.ts';
import { layout } from '../../src/core/layout.ts';
import { acquireLease, loadSet, sourceLease, writeResult } from '../../src/pipeline/vault/index.ts';
import { keysOf, openWorkshop } from './workshop.ts';

test('commits a set that names its streams, totals and execution', async () => {
  const { vault, dump } = await openWorkshop();
  const { backupId, partial } = await dump({}, { execution: 'exec-1' });
  const set = await loadSet(vault, 'shop', backupId);
  expect(set.state).toBe('committed');
  expect(partial).toBe(false);
  expect(set.manifest).toMatchObject({
    source: 'shop',
    policy: 'daily',
    engine: 'fake',
    kind: 'files',
    execution: 'exec-1',
    holdfast: '1.2.3',
    parent: null,
    totals: { rows: 1 },
  });
  expect(set.manifest?.streams.map(({ name }) => name).toSorted()).toEqual(['data', 'index']);
  expect(set.manifest?.totals.storedBytes).toBeGreaterThan(0);
});

test('a dump that fails leaves neither manifest nor objects, and the next one works', async () => {
  const { vault, store, world, dump } = await openWorkshop();
  world.failDump = new ToolError('pg_dump failed: exit 1', { code: 'TOOL_FAILED' });
  await expect(dump()).rejects.toThrow('pg_dump failed');
  expect(await keysOf(store, layout.sets)).toEqual([]);
  expect(await keysOf(store, layout.data)).toEqual([]);
  world.failDump = undefined;
  const { backupId } = await dump();
  expect((await loadSet(vault, 'shop', backupId)).state).toBe('committed');
});

test('a signal in the middle ends with InterruptedError and leaves nothing', async () => {
  const { store, world, dump } = await openWorkshop();
  const controller = new AbortController();
  world.duringDump = () => {
    controller.abort();
    return Promise.resolve();
  };
  await expect(dump({}, { signal: controller.signal })).rejects.toMatchObject({
    name: 'InterruptedError',
    exitCode: 130,
  });
  expect(await keysOf(store, layout.data)).toEqual([]);
});

test('a second dump of the same source is held off by the lease', async () => {
  const { vault, dump } = await openWorkshop();
  const options = { ttlSeconds: 60, signal: new AbortController().signal };
  const lease = await acquireLease(vault, sourceLease('shop'), options);
  await expect(dump()).rejects.toMatchObject({ code: 'LEASE_HELD', exitCode: 11 });
  await lease.release();
  await expect(dump()).resolves.toMatchObject({ method: 'full' });
});

test('a lease taken over in the middle commits nothing', async () => {
  const { vault, store, world, dump } = await openWorkshop();
  world.duringDump = async () => {
    const [key = ''] = await keysOf(store, layout.leases(sourceLease('shop')));
    const file = Buffer.from(await store.get(key));
    const next = layout.lease(sourceLease('shop'), 2);
    const text = file.toString('utf8').replace('"token":1', '"token":2');
    await vault.leaseStore.put(next, Buffer.from(text), { ifAbsent: true });
  };
  await expect(dump()).rejects.toMatchObject({ code: 'LEASE_LOST' });
  expect(await keysOf(store, layout.sets)).toEqual([]);
});

test('repeated for the same execution, gives the set that it committed', async () => {
  const { vault, store, dump } = await openWorkshop();
  const first = await dump({}, { execution: 'exec-1' });
  await writeResult(vault, 'exec-1', 'dump', first);
  const before = await keysOf(store, layout.data);
  const again = await dump({}, { execution: 'exec-1' });
  expect(again).toEqual(first);
  expect(await keysOf(store, layout.data)).toEqual(before);
});

test('a failure of an earlier attempt is no result', async () => {
  const { vault, dump } = await openWorkshop();
  const error = { name: 'ToolError', code: 'X', message: 'x', exitCode: 1, retryable: true };
  await writeResult(vault, 'exec-1', 'dump', { error });
  await expect(dump({}, { execution: 'exec-1' })).resolves.toHaveProperty('backupId');
});

test('what could not be read makes the set partial, with reasons', async () => {
  const { vault, world, dump } = await openWorkshop();
  world.partialReasons = Array.from({ length: 30 }, (_, n) => `file ${n}: EACCES`);
  const { backupId, partial } = await dump();
  const { manifest } = await loadSet(vault, 'shop', backupId);
  expect(partial).toBe(true);
  expect(manifest?.partial).toBe(true);
  expect(manifest?.partialReasons).toHaveLength(20);
});

test('runs the hooks, the second one also after a failure', async () => {
  const hooks = {
    'before-backup': [['sh', '-c', 'echo before']],
    'after-backup': [['sh', '-c', 'echo after']],
  };
  const { world, logged, dump } = await openWorkshop({ source: { hooks } });
  world.failDump = new SourceError('gone', { code: 'SOURCE_GONE' });
  await expect(dump()).rejects.toThrow('gone');
  expect(logged).toEqual(['before', 'after']);
});

test('a hook that fails stops the backup and says what it printed', async () => {
  const hooks = { 'before-backup': [['sh', '-c', 'echo no disk >&2; exit 3']] };
  const { store, dump } = await openWorkshop({ source: { hooks } });
  await expect(dump()).rejects.toThrow('Hook before-backup failed: sh: exit 3: no disk');
  expect(await keysOf(store, layout.data)).toEqual([]);
});

test('an incremental builds on its parent', async () => {
  const { vault, world, dump } = await openWorkshop();
  const full = await dump();
  world.data.set('b', 'two');
  const next = await dump({ method: 'incremental', parent: full.backupId });
  const { manifest } = await loadSet(vault, 'shop', next.backupId);
  expect(manifest?.parent).toBe(full.backupId);
  expect(next.method).toBe('incremental');
});

test('takes a full where the parent does not open', async () => {
  const { vault, logged, dump } = await openWorkshop();
  const full = await dump();
  await vault.store.delete(layout.key('shop', full.backupId, 1));
  const next = await dump({ method: 'incremental', parent: full.backupId });
  const { manifest } = await loadSet(vault, 'shop', next.backupId);
  expect(manifest?.parent).toBeNull();
  expect(logged[0]).toContain(`${full.backupId} did not open`);
});

test('a parent that goes away during the dump is not built upon', async () => {
  const { vault, store, world, dump } = await openWorkshop();
  const full = await dump();
  world.duringDump = () => vault.store.delete(layout.manifest('shop', full.backupId));
  await expect(dump({ method: 'incremental', parent: full.backupId })).rejects.toMatchObject({
    code: 'PARENT_GONE',
    retryable: true,
  });
  expect((await keysOf(store, layout.sets)).filter((key) => key.endsWith('manifest.json'))).toEqual(
    [],
  );
});
