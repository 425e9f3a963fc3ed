/** Faults of docs/failover.md on two real servers, a real zone and a writer that remembers; invariants.ts after each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { beginTrial, checkWorld, endTrial, type Trial, wholeLab } from './invariants.ts';
import { type FailoverLab, otherOf } from './lab.ts';

let lab: FailoverLab;
let trial: Trial;
beforeEach(async () => {
  lab = await wholeLab(lab);
  trial = await beginTrial(lab);
});
afterEach(() => lab?.stopWriting());
afterAll(() => lab?.close());

describe('who runs', () => {
  test('fault 17: of two that start at once one runs, and the other names it', async () => {
    const both = await Promise.all([lab.start(), lab.start()]);
    const [first, second] = both.sort((x, y) => Number(x.exitCode) - Number(y.exitCode));
    expect(first).toMatchObject({ exitCode: 0, outcome: 'succeeded' });
    expect(second?.exitCode).not.toBe(0);
    expect(second?.code).toBe('FAILOVER_RUNNING');
    expect(second?.stdout).toContain(first?.result.execution);
    await checkWorld(lab, trial);
    expect(await endTrial(lab, trial)).toEqual([]);
    expect(await lab.epoch()).toBe(trial.epoch + 1);
  });

  test('fault 18: an executor that wakes after a newer run does nothing more', async () => {
    const asleep = Promise.withResolvers<number>();
    const old = lab.start([], {
      at: 'before promote',
      do: 'SIGSTOP',
      during: ({ pid }) => asleep.resolve(Number(pid)),
    });
    const pid = await asleep.promise;
    await expect.poll(() => lab.steps(trial.epoch + 1), { timeout: 20_000 }).toContain('catch-up');
    await sleep(300);
    const held = await lab.start();
    expect(held.code).toBe('FAILOVER_RUNNING');
    await lab.expireClaim();
    expect(await lab.start()).toMatchObject({ outcome: 'succeeded' });
    const before = await lab.sides();
    process.kill(pid, 'SIGCONT');
    expect((await old).exitCode).not.toBe(0);
    expect((await old).stdout).toContain('EPOCH_STALE');
    await checkWorld(lab, trial);
    expect(await lab.sides()).toEqual(before);
    expect(await endTrial(lab, trial)).toEqual([]);
  });

  test('fault 19: a claim that expired in the middle lets no side effect follow', async () => {
    const late = await lab.start([], { at: 'before promote', do: lab.expireCommand });
    expect(late.stdout).toContain('EPOCH_EXPIRED');
    expect(late.exitCode).not.toBe(0);
    await checkWorld(lab, trial);
    expect(await endTrial(lab, trial)).toEqual([]);
  });

  test('fault 38: a plan that was edited in the middle goes on as it was approved', async () => {
    const edited = `sed -i 's/^    dns:/    smoke: [{ sql: "select 1\\/0" }]\\n    dns:/' ${lab.folder}/holdfast.yaml`;
    const ran = await lab.start([], { at: 'after fence', do: edited });
    expect(ran.outcome).toBe('succeeded');
    await checkWorld(lab, trial);
    expect(await endTrial(lab, trial)).toEqual([]);
  });
});

describe('who approves', () => {
  test('fault 32: a plan that was approved for another world is void', async () => {
    const { result } = await lab.failover('plan');
    await lab.configure({ budget: { bytes: 1 } });
    const stale = await lab.failover('start', ['--plan', result.hash]);
    expect(stale).toMatchObject({ exitCode: 21, code: 'PLAN_CHANGED' });
    await checkWorld(lab, trial);
    await endTrial(lab, trial);
    expect(await lab.primary()).toBe(trial.primary);
  });

  test('fault 32: between the approval and the fence the world is looked at once more', async () => {
    const { to } = await lab.sides();
    const stopped = [...to.control.stop].map((word) => `'${word}'`).join(' ');
    const at = {
      at: 'before freeze',
      do: `setpriv --reuid=postgres --regid=postgres --init-groups ${stopped}`,
    };
    const refused = await lab.start([], at);
    expect(refused).toMatchObject({ exitCode: 21, outcome: 'refused' });
    await checkWorld(lab, trial);
    await to.ctl('start');
    await endTrial(lab, trial);
    expect(await lab.primary()).toBe(trial.primary);
  });
});

describe('fault 33: an abort', () => {
  const rolledBack = ['before fence', 'before catch-up', 'before promote'];
  const abort = () => `cd ${lab.folder} && ${lab.command} failover abort orders`;

  test.each(['before preflight', 'before assess', 'before freeze', ...rolledBack])(
    '%s leaves the old primary, proved by a write',
    async (at) => {
      const ran = await lab.start([], { at, do: abort() });
      const outcome = ['before catch-up', 'before promote'].includes(at)
        ? 'rolled-back'
        : 'refused';
      expect(ran).toMatchObject({ outcome, code: 'FAILOVER_ABORTED' });
      await checkWorld(lab, trial);
      expect(await endTrial(lab, trial)).toEqual([]);
      expect(await lab.primary()).toBe(trial.primary);
    },
  );

  test('before cut-over leaves a proved primary and the name as it was', async () => {
    const ran = await lab.start([], { at: 'before cut-over', do: abort() });
    expect(ran).toMatchObject({ outcome: 'failed', code: 'FAILOVER_ABORTED' });
    expect((await checkWorld(lab, trial))?.writable).toBe(otherOf(trial.primary));
    expect(await lab.name()).toBe(trial.name);
    expect(await endTrial(lab, trial)).toEqual([]);
  });

  test('before propagate comes too late: there is only forward', async () => {
    const ran = await lab.start([], { at: 'before propagate', do: abort() });
    expect(ran.outcome).toBe('succeeded');
    await checkWorld(lab, trial);
    expect(await endTrial(lab, trial)).toEqual([]);
  });
});
