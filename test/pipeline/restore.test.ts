import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { RestoreTaskInput } from '../../src/core/contracts/tasks.ts';
import { layout } from '../../src/core/layout.ts';
import { aesRecipient } from '../../src/pipeline/keys/index.ts';
import { readBackup } from '../../src/pipeline/read.ts';
import { planRestore, restoreSource } from '../../src/pipeline/restore.ts';
import { loadSet } from '../../src/pipeline/vault/index.ts';
import { flip, openWorkshop, scope, type Workshop } from './workshop.ts';

const restore = (
  workshop: Workshop,
  input: Partial<RestoreTaskInput> & Pick<RestoreTaskInput, 'backupId'>,
) =>
  restoreSource(
    { source: 'shop', target: 'elsewhere', only: [], overwrite: false, from: 'primary', ...input },
    { ...workshop, ...scope() },
  );

test('restores a chain of increments, deletions included, and compares', async () => {
  const policies = { daily: { method: 'incremental', timezone: 'UTC' } };
  const workshop = await openWorkshop({ source: { policies } });
  workshop.world.data = new Map([
    ['a', '1'],
    ['b', '2'],
  ]);
  await workshop.backUp();
  workshop.world.data = new Map([
    ['a', '1'],
    ['c', '3'],
  ]);
  const { backupId } = await workshop.backUp();
  const result = await restore(workshop, { backupId });
  expect(result).toMatchObject({ backupId, target: 'elsewhere', comparison: { units: 2 } });
  expect(workshop.world.targets.get('elsewhere')).toEqual(workshop.world.data);
});

test('a plan with errors stops before anything is touched, with what mends them', async () => {
  const workshop = await openWorkshop({ source: { hooks: { 'before-restore': [['false']] } } });
  const { backupId } = await workshop.dump();
  workshop.world.findings = [
    {
      subject: 'extension postgis',
      level: 'error',
      detail: 'not installed',
      fix: 'apt install postgis',
    },
  ];
  const input = { backupId, target: null } as const;
  await expect(restore(workshop, input)).rejects.toMatchObject({
    code: 'RESTORE_NOT_POSSIBLE',
    message: expect.stringContaining('extension postgis: not installed'),
    hint: 'apt install postgis',
  });
  expect(workshop.world.targets.size).toBe(0);
});

test.each([
  ['/srv/a', '/srv/a is not empty', 'Nothing was restored to /srv/a: it is not empty'],
  ['/srv/a', 'it is read-only', 'Nothing was restored to /srv/a: it is read-only'],
  ['/srv/a/b', '/srv/a/b is a link', 'Nothing was restored to /srv/a: /srv/a/b is a link'],
  ['disk', 'is full', 'Nothing was restored to /srv/a: disk: is full'],
])('says once what stands in the way: %s, %s', async (subject, detail, message) => {
  const workshop = await openWorkshop({});
  const { backupId } = await workshop.dump();
  workshop.world.findings = [{ subject, level: 'error', detail }];
  await expect(restore(workshop, { backupId, target: '/srv/a' })).rejects.toMatchObject({
    message,
  });
});

test('what differs afterwards is an error that names it', async () => {
  const workshop = await openWorkshop();
  const { backupId } = await workshop.dump();
  workshop.world.corruptRestore = true;
  await expect(restore(workshop, { backupId })).rejects.toMatchObject({
    name: 'ComparisonError',
    message: 'The restored shop differs: a: expected one, found changed',
  });
});

test('hooks run around a restore in place, the second also when it fails', async () => {
  const hooks = {
    'before-restore': [['echo', 'stop']],
    'after-restore': [['echo', 'start']],
  };
  const workshop = await openWorkshop({ source: { hooks } });
  const { backupId } = await workshop.dump();
  await flip(workshop.vault, layout.object({ source: 'shop', id: backupId }, 'data', 0));
  await expect(restore(workshop, { backupId, target: null })).rejects.toThrow();
  expect(workshop.logged).toEqual(['stop', 'start']);
});

test('a restore to another place runs no hook', async () => {
  const hooks = { 'before-restore': [['echo', 'stop']] };
  const workshop = await openWorkshop({ source: { hooks } });
  const { backupId } = await workshop.dump();
  await restore(workshop, { backupId });
  expect(workshop.logged).toEqual([]);
});

test('a plan alone touches nothing', async () => {
  const workshop = await openWorkshop();
  const { backupId } = await workshop.dump();
  const input = {
    source: 'shop',
    backupId,
    target: null,
    only: [],
    overwrite: false,
    from: 'primary',
  };
  const plan = await planRestore(input, { ...workshop, ...scope() });
  expect(plan.actions).toEqual(['copy']);
  expect(workshop.world.targets.size).toBe(0);
});

test('a manifest whose tag is another set’s is not read', async () => {
  const workshop = await openWorkshop();
  const { backupId } = await workshop.dump();
  const key = layout.manifest('shop', backupId);
  const text = Buffer.from(await workshop.vault.store.get(key)).toString('utf8');
  const forged = text.replace('"rows":1', '"rows":2');
  await workshop.vault.store.put(key, Buffer.from(forged), { ifAbsent: false });
  await expect(restore(workshop, { backupId })).rejects.toMatchObject({ exitCode: 13 });
});

test('reading signs that every stream was read, or that it could not be', async () => {
  const workshop = await openWorkshop();
  const { backupId } = await workshop.dump();
  const options = { ...workshop, ...scope() };
  expect(await readBackup({ source: 'shop', backupId }, options)).toMatchObject({
    notes: ['read'],
  });
  await flip(workshop.vault, layout.object({ source: 'shop', id: backupId }, 'index', 0));
  await expect(readBackup({ source: 'shop', backupId }, options)).rejects.toMatchObject({
    exitCode: 13,
  });
  const { attestations } = await loadSet(workshop.vault, 'shop', backupId);
  const read = attestations.filter(({ attestation }) => attestation.kind === 'read');
  expect(read.map(({ attestation }) => attestation.passed).toSorted()).toEqual([false, true]);
});

test('a key that is missing here is no evidence against the set', async () => {
  const workshop = await openWorkshop();
  const { backupId } = await workshop.dump();
  const other = aesRecipient(randomBytes(32).toString('base64'));
  const vault = { ...workshop.vault, recipients: [other] };
  const options = { ...workshop, ...scope(), vault };
  await expect(readBackup({ source: 'shop', backupId }, options)).rejects.toMatchObject({
    code: 'SET_KEY_UNREADABLE',
  });
  expect((await loadSet(workshop.vault, 'shop', backupId)).attestations).toEqual([]);
});
