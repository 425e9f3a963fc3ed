import { expect, test } from 'vitest';
import type { BackupId } from '../../src/core/backup-id.ts';
import type { CopyReport } from '../../src/core/contracts/results.ts';
import { StoreError } from '../../src/core/errors.ts';
import { layout } from '../../src/core/layout.ts';
import type { ObjectStore } from '../../src/core/ports/store.ts';
import { type CopyTarget, copySource } from '../../src/pipeline/copy.ts';
import { holdBackup } from '../../src/pipeline/hold.ts';
import { restoreSource } from '../../src/pipeline/restore.ts';
import { listSets, loadSet, openVault } from '../../src/pipeline/vault/index.ts';
import { checkBackup } from '../../src/pipeline/verify.ts';
import { openMemoryStore } from '../../src/storage/memory/index.ts';
import { flip, keysOf, openWorkshop, scope, type Workshop } from './workshop.ts';

const incremental = { policies: { daily: { method: 'incremental', timezone: 'UTC' } } };

const target = (store: ObjectStore, copy: Partial<CopyTarget['copy']> = {}): CopyTarget => ({
  copy: { name: 'west', ...copy },
  open: () => Promise.resolve(store),
});
const away = (name: string): CopyTarget => ({
  copy: { name },
  open: () =>
    Promise.reject(
      new StoreError(`${name} is away`, { code: 'STORE_UNREACHABLE', retryable: true }),
    ),
});

const copy = (workshop: Workshop, targets: readonly CopyTarget[]): Promise<CopyReport> =>
  copySource('shop', {
    ...workshop,
    ...scope(),
    source: workshop.source.source,
    floor: 1,
    execution: 'exec-1',
    targets,
  });

const openCopy = ({ recipients, now }: Workshop, store: ObjectStore) =>
  openVault({ store, recipients, now });

test('a copy is a vault: it opens, checks and restores, chains included', async () => {
  const workshop = await openWorkshop({ source: incremental });
  await workshop.backUp();
  workshop.world.data.set('b', 'two');
  const { backupId } = await workshop.backUp();
  const store = openMemoryStore();
  const { destinations } = await copy(workshop, [target(store)]);
  expect(destinations[0]?.copied).toHaveLength(2);

  const vault = await openCopy(workshop, store);
  const { findings } = await checkBackup(
    { source: 'shop', id: backupId },
    { ...workshop, vault, signal: scope().signal },
  );
  expect(findings).toEqual([]);
  const input = {
    source: 'shop',
    backupId,
    target: 'here',
    only: [],
    overwrite: false,
    from: 'west',
  };
  await restoreSource(input, { ...workshop, ...scope(), vault });
  expect(workshop.world.targets.get('here')).toEqual(workshop.world.data);
});

test('what was copied is attested once, and goes along the next time', async () => {
  const workshop = await openWorkshop();
  const { backupId } = await workshop.backUp();
  const store = openMemoryStore();
  await copy(workshop, [target(store)]);
  const again = await copy(workshop, [target(store)]);
  expect(again.destinations).toEqual([{ name: 'west', copied: [] }]);
  const kinds = async (vault: Workshop['vault']) =>
    (await loadSet(vault, 'shop', backupId)).attestations.map(
      ({ attestation }) => attestation.kind,
    );
  expect(await kinds(workshop.vault)).toEqual(['checked', 'copied']);
  expect(await kinds(await openCopy(workshop, store))).toEqual(['checked', 'copied']);
});

test('a later hold reaches the copy', async () => {
  const workshop = await openWorkshop();
  const { backupId } = await workshop.backUp();
  const store = openMemoryStore();
  await copy(workshop, [target(store)]);
  await holdBackup(workshop.vault, workshop.signer, { source: 'shop', backupId, reason: 'audit' });
  await copy(workshop, [target(store)]);
  const held = await keysOf(store, layout.attestations('shop', backupId));
  expect(held.some((key) => key.endsWith('-held.json'))).toBe(true);
});

test('one that is away fails alone, by name, and is caught up later', async () => {
  const workshop = await openWorkshop();
  await workshop.backUp();
  const store = openMemoryStore();
  await expect(copy(workshop, [away('east'), target(store)])).rejects.toMatchObject({
    code: 'COPY_FAILED',
    message: expect.stringContaining('east: east is away'),
  });
  expect(await keysOf(store, layout.sets)).not.toEqual([]);
  await workshop.backUp();
  const late = openMemoryStore();
  const { destinations } = await copy(workshop, [target(late, { name: 'east' })]);
  expect(destinations[0]?.copied).toHaveLength(2);
});

test.each(['flipped', 'missing'])('one %s original holds up no other set', async (kind) => {
  const workshop = await openWorkshop();
  const damaged = await workshop.backUp();
  const good = await workshop.backUp();
  const { manifest } = await loadSet(workshop.vault, 'shop', damaged.backupId);
  const key = String(manifest?.streams[0]?.objects[0]?.key);
  if (kind === 'flipped') await flip(workshop.vault, key);
  else await workshop.vault.store.delete(key);
  const store = openMemoryStore();
  await expect(copy(workshop, [target(store)])).rejects.toMatchObject({
    code: 'COPY_FAILED',
    message: expect.stringContaining(key),
  });
  const stateOf = async ({ backupId }: { backupId: BackupId }) =>
    (await loadSet(await openCopy(workshop, store), 'shop', backupId)).state;
  expect(await stateOf(good)).toBe('committed');
  expect(await stateOf(damaged)).toBe('uncommitted');
});

test('what has lost its base is not sent', async () => {
  const workshop = await openWorkshop({ source: incremental });
  const base = await workshop.backUp();
  workshop.world.data.set('b', 'two');
  await workshop.backUp();
  await workshop.vault.store.delete(layout.manifest('shop', base.backupId));
  const store = openMemoryStore();
  const { destinations } = await copy(workshop, [target(store)]);
  expect(destinations).toEqual([{ name: 'west', copied: [] }]);
  expect(await keysOf(store, layout.sets)).toEqual([]);
});

test('sends only what the destination keeps, and what that builds on', async () => {
  const workshop = await openWorkshop();
  for (let day = 0; day < 4; day += 1) await workshop.backUp();
  const store = openMemoryStore();
  const { destinations } = await copy(workshop, [target(store, { keep: { last: 2 } })]);
  const vault = await openCopy(workshop, store);
  const ids: string[] = [];
  for await (const id of listSets(vault, 'shop')) ids.push(id);
  expect(ids).toHaveLength(2);
  expect(destinations[0]?.copied).toEqual(ids);
});

test('damage is not copied', async () => {
  const workshop = await openWorkshop();
  const { backupId } = await workshop.backUp();
  await flip(workshop.vault, layout.object({ source: 'shop', id: backupId }, 'data', 0));
  const store = openMemoryStore();
  await expect(copy(workshop, [target(store)])).rejects.toThrow('its SHA-256 is not the manifest');
  expect((await keysOf(store, layout.sets)).filter((key) => key.endsWith('manifest.json'))).toEqual(
    [],
  );
});

test('a copy that broke off goes on where it was', async () => {
  const workshop = await openWorkshop();
  const { backupId } = await workshop.backUp();
  const store = openMemoryStore();
  const breaking: ObjectStore = {
    ...store,
    put: (key, bytes, options) =>
      key.endsWith('manifest.json')
        ? Promise.reject(new StoreError('gone', { code: 'STORE_UNREACHABLE', retryable: true }))
        : store.put(key, bytes, options),
  };
  await expect(copy(workshop, [target(breaking)])).rejects.toThrow('gone');
  const vault = await openCopy(workshop, store);
  expect((await loadSet(vault, 'shop', backupId)).state).toBe('uncommitted');
  await copy(workshop, [target(store)]);
  expect((await loadSet(vault, 'shop', backupId)).state).toBe('committed');
});

test('what a destination has already takes no listing for each set', async () => {
  const workshop = await openWorkshop({});
  const store = openMemoryStore();
  let lists = 0;
  const watched: ObjectStore = {
    ...store,
    list: (prefix, options) => {
      lists += 1;
      return store.list(prefix, options);
    },
  };
  const listsOfACopy = async () => {
    lists = 0;
    await copy(workshop, [target(watched)]);
    return lists;
  };
  await workshop.backUp();
  await listsOfACopy();
  const few = await listsOfACopy();
  for (let n = 0; n < 4; n++) await workshop.backUp();
  await listsOfACopy();
  expect(await listsOfACopy()).toBe(few);
});
