import { expect, test } from 'vitest';
import { layout } from '../../src/core/layout.ts';
import { loadSet, writeResult } from '../../src/pipeline/vault/index.ts';
import { checkBackup, verifyBackup } from '../../src/pipeline/verify.ts';
import { flip, openWorkshop, type Workshop } from './workshop.ts';

const signal = new AbortController().signal;
const event = { source: 'shop', level: 'checked', execution: 'exec-1' } as const;

const verify = async (workshop: Workshop) =>
  verifyBackup(event, { ...workshop, source: workshop.source.source, signal });

async function dumpForVerify(workshop: Workshop) {
  const result = await workshop.dump({}, { execution: 'exec-1' });
  await writeResult(workshop.vault, 'exec-1', 'dump', result);
  return result;
}

test('signs what was checked of the set that the execution made', async () => {
  const workshop = await openWorkshop();
  const { backupId } = await dumpForVerify(workshop);
  expect(await verify(workshop)).toMatchObject({ backupId, outcome: 'good', anomalies: [] });
  const { attestations } = await loadSet(workshop.vault, 'shop', backupId);
  expect(attestations).toHaveLength(1);
  expect(attestations[0]).toMatchObject({
    verified: true,
    attestation: { kind: 'checked', passed: true, details: { objects: 2, tag: 'not checked' } },
  });
});

test('a partial set is not good', async () => {
  const workshop = await openWorkshop();
  workshop.world.partialReasons = ['a: EACCES'];
  await dumpForVerify(workshop);
  expect(await verify(workshop)).toMatchObject({
    outcome: 'partial',
    partialReasons: ['a: EACCES'],
  });
});

test('a changed byte fails by the name of its object, and the failure is signed', async () => {
  const workshop = await openWorkshop();
  const { backupId } = await dumpForVerify(workshop);
  const object = layout.object({ source: 'shop', id: backupId }, 'data', 0);
  await flip(workshop.vault, object);
  await expect(verify(workshop)).rejects.toMatchObject({
    name: 'IntegrityError',
    exitCode: 13,
    message: expect.stringContaining(object),
  });
  const { attestations } = await loadSet(workshop.vault, 'shop', backupId);
  expect(attestations.map(({ attestation }) => attestation.passed)).toEqual([false]);
});

test('a changed manifest is damage, and nothing is signed about it', async () => {
  const workshop = await openWorkshop();
  const { backupId } = await workshop.dump();
  await flip(workshop.vault, layout.manifest('shop', backupId));
  const report = await checkBackup({ source: 'shop', id: backupId }, { ...workshop, signal });
  expect(report.findings.map(({ problem }) => problem)).toContain('manifest');
  expect(report.set.attestations).toEqual([]);
});

test('rows far from the last ones are an anomaly with the figures', async () => {
  const workshop = await openWorkshop({ source: { anomaly: { rows: '20%', size: '1000%' } } });
  const { world, backUp } = workshop;
  world.data = new Map(Array.from({ length: 10 }, (_, n) => [`row-${n}`, 'x']));
  for (let day = 0; day < 3; day += 1) await backUp();
  world.data = new Map([['row-1', 'x']]);
  await dumpForVerify(workshop);
  const { anomalies, outcome } = await verify(workshop);
  expect(outcome).toBe('good');
  expect(anomalies).toMatchObject([{ figure: 'rows', current: 1, median: 10, samples: 3 }]);
});

test('says so when the execution committed nothing', async () => {
  const workshop = await openWorkshop();
  await expect(verify(workshop)).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
});

const chained = { policies: { daily: { method: 'incremental', timezone: 'UTC' } } };

test('a set is not good while what it builds on is known to be damaged', async () => {
  const workshop = await openWorkshop({ source: chained });
  const base = await workshop.backUp();
  const child = await workshop.backUp();
  const check = (id: typeof base.backupId) =>
    checkBackup({ source: 'shop', id }, { ...workshop, signal });
  expect((await check(child.backupId)).findings).toEqual([]);
  const object = layout.object({ source: 'shop', id: base.backupId }, 'data', 0);
  await flip(workshop.vault, object);
  expect((await check(base.backupId)).findings[0]?.object).toBe(object);
  workshop.pass(1);
  expect((await check(child.backupId)).findings[0]?.detail).toContain(base.backupId);
});

test('after a proof that failed the next backup is a full', async () => {
  const workshop = await openWorkshop({ source: chained });
  const base = await workshop.backUp();
  await flip(workshop.vault, layout.object({ source: 'shop', id: base.backupId }, 'data', 0));
  await checkBackup({ source: 'shop', id: base.backupId }, { ...workshop, signal });
  workshop.pass(1);
  expect((await workshop.backUp()).method).toBe('full');
});

test('the size of an increment is no anomaly, the rows of what it adds up to are', async () => {
  const workshop = await openWorkshop({
    source: { ...chained, anomaly: { size: '1%', rows: '20%' } },
  });
  const rows = (count: number, value: string) =>
    new Map(Array.from({ length: count }, (_, n) => [`row-${n}`, `${value}-${n}`]));
  const { world, backUp, vault } = workshop;
  for (const value of ['a', 'b', 'c', 'd']) {
    world.data = rows(200, value);
    await backUp();
  }
  world.data = new Map([...rows(200, 'd')].slice(0, 100));
  const { backupId } = await backUp();
  await writeResult(vault, 'exec-1', 'dump', { ...emptyResult(), backupId });
  expect((await verify(workshop)).anomalies.map(({ figure }) => figure)).toEqual(['rows']);
});

const emptyResult = () => ({
  partial: false,
  partialReasons: [],
  method: 'incremental',
  keysPending: [],
  durationSeconds: 0,
});
