import { expect, test } from 'vitest';
import type { BackupId } from '../../src/core/backup-id.ts';
import { layout } from '../../src/core/layout.ts';
import { drillSource } from '../../src/pipeline/drill.ts';
import { loadSet } from '../../src/pipeline/vault/index.ts';
import { flip, openWorkshop, scope, type Workshop } from './workshop.ts';

const drill = (workshop: Workshop, backupId: BackupId) =>
  drillSource(
    { source: 'shop', backupId, from: 'primary' },
    { ...workshop, ...scope(), primary: workshop.vault },
  );

async function proofs({ vault }: Workshop, id: BackupId) {
  const { attestations } = await loadSet(vault, 'shop', id);
  return attestations.map(({ attestation: { kind, passed, details } }) => ({
    kind,
    passed,
    details,
  }));
}

test('restores into a scratch, compares, asserts, times and signs', async () => {
  const workshop = await openWorkshop({ source: { objectives: { rto: '1h' } } });
  workshop.world.assertions = [{ name: 'has rows', passed: true, detail: '1' }];
  const { backupId } = await workshop.dump();
  const result = await drill(workshop, backupId);
  expect(result).toMatchObject({ proven: true, rto: 'met', comparison: { units: 1 } });
  expect(await proofs(workshop, backupId)).toMatchObject([
    {
      kind: 'drilled',
      passed: true,
      details: { assertions: [{ name: 'has rows', passed: true }] },
    },
  ]);
  expect(workshop.world.openScratches).toBe(0);
});

test.for([
  ['an assertion that does not hold', 'ASSERTION_FAILED'],
  ['contents that differ', 'RESTORE_DIFFERS'],
  ['a damaged object', 'IntegrityError'],
] as const)('%s fails the drill, signed, and the scratch is gone', async ([what, expected]) => {
  const workshop = await openWorkshop();
  const { backupId } = await workshop.dump();
  const { world, vault } = workshop;
  if (expected === 'ASSERTION_FAILED')
    world.assertions = [{ name: 'x', passed: false, detail: what }];
  if (expected === 'RESTORE_DIFFERS') world.corruptRestore = true;
  const object = layout.object({ source: 'shop', id: backupId }, 'data', 0);
  if (expected === 'IntegrityError') await flip(vault, object);
  const error = await drill(workshop, backupId).catch((thrown: unknown) => thrown);
  expect([(error as { code: string }).code, (error as Error).name]).toContain(expected);
  expect(await proofs(workshop, backupId)).toMatchObject([{ kind: 'drilled', passed: false }]);
  expect(world.openScratches).toBe(0);
});

test('where nothing is compared nothing is proven', async () => {
  const workshop = await openWorkshop({ source: { fingerprint: 'none' } });
  const { backupId } = await workshop.dump();
  expect(await drill(workshop, backupId)).toMatchObject({ proven: false });
  expect(await proofs(workshop, backupId)).toMatchObject([{ kind: 'drilled', passed: false }]);
});
