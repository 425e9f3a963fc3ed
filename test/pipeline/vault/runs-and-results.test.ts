import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { layout } from '../../../src/core/layout.ts';
import { claimRun, readResult, writeResult } from '../../../src/pipeline/vault/index.ts';
import { createWorkplace, keysOf } from './sample-set.ts';

const slot = { source: 'orders', policy: 'daily', scheduledTime: '2026-11-21T02:00:00.000Z' };

describe('claimRun', () => {
  it('gives a slot to one execution, again and again', async () => {
    const { vault } = await createWorkplace();
    expect(await claimRun(vault, { ...slot, execution: 'one' })).toBe(true);
    expect(await claimRun(vault, { ...slot, execution: 'two' })).toBe(false);
    expect(await claimRun(vault, { ...slot, execution: 'one' })).toBe(true);
  });

  it('gives it to exactly one of many at once', async () => {
    const { vault } = await createWorkplace();
    const claims = Array.from({ length: 8 }, (_, n) =>
      claimRun(vault, { ...slot, execution: `run-${n}` }),
    );
    expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1);
  });

  it("takes a dead execution's slot again beside it", async () => {
    const { vault, store } = await createWorkplace();
    await claimRun(vault, { ...slot, execution: 'one' });
    const isDead = (execution: string) => Promise.resolve(execution === 'one');
    expect(await claimRun(vault, { ...slot, execution: 'two', isDead })).toBe(true);
    expect(await claimRun(vault, { ...slot, execution: 'three', isDead })).toBe(false);
    expect(await claimRun(vault, { ...slot, execution: 'one' })).toBe(false);
    const first = layout.run(slot.source, slot.policy, slot.scheduledTime);
    expect(await keysOf(store, layout.runs('orders', 'daily'))).toEqual([first, `${first}.2`]);
  });
});

describe('results', () => {
  const schema = z.object({ backupId: z.string() });
  it('are read back as the last write left them', async () => {
    const { vault } = await createWorkplace();
    expect(await readResult(vault, 'backup-1', 'dump', schema)).toBeUndefined();
    await writeResult(vault, 'backup-1', 'dump', { backupId: 'a' });
    await writeResult(vault, 'backup-1', 'dump', { backupId: 'b' });
    expect(await readResult(vault, 'backup-1', 'dump', schema)).toEqual({ backupId: 'b' });
  });
});
