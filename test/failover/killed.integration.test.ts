/** Fault 14: the executor is killed at each boundary of each step; a new start, or a resume, comes to the same end. */
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { beginTrial, checkWorld, endTrial, wholeLab } from './invariants.ts';
import { type FailoverLab, otherOf } from './lab.ts';

let lab: FailoverLab;
beforeEach(async () => {
  lab = await wholeLab(lab);
});
afterEach(() => lab?.stopWriting());
afterAll(() => lab?.close());

const boundaries = [
  ...['after lease', 'after preflight', 'after assess', 'after freeze'],
  ...['after fence', 'after catch-up', 'after promote', 'after verify'],
  ...['after cut-over', 'after propagate', 'after activate', 'after smoke', 'after rebuild'],
  'after report',
];

test.each(boundaries)('fault 14: killed %s, started again', async (at) => {
  const trial = await beginTrial(lab);
  const dead = await lab.start([], { at });
  expect(dead.exitCode).toBeNull();
  await checkWorld(lab, trial);
  const goesOn = at !== 'after report';
  const again = goesOn ? await lab.start() : undefined;
  if (goesOn) expect(again).toMatchObject({ exitCode: 0, outcome: 'succeeded' });
  await checkWorld(lab, trial);
  expect(await endTrial(lab, trial)).toEqual([]);
  expect(await lab.primary()).toBe(otherOf(trial.primary));
});

test('a new primary that dies before the end is never answered by giving the old one back', async () => {
  const trial = await beginTrial(lab);
  const to = lab.pair[otherOf(trial.primary)];
  const kill = `for p in $(pgrep -P $(head -1 ${to.data}/postmaster.pid)) $(head -1 ${to.data}/postmaster.pid); do kill -KILL $p; done; true`;
  const dead = await lab.start([], { at: 'before activate', do: kill });
  expect(dead).toMatchObject({ exitCode: 23, outcome: 'exposed' });
  trial.harmed.add(to.name);
  expect(await lab.start()).toMatchObject({ exitCode: 21, code: 'PAST_NO_RETURN' });
  await checkWorld(lab, trial);
  expect(await lab.role(trial.primary)).not.toBe('primary');
  await to.ctl('start');
  trial.harmed.clear();
  expect(await lab.start()).toMatchObject({ exitCode: 0, outcome: 'succeeded' });
  await checkWorld(lab, trial);
  expect(await endTrial(lab, trial)).toEqual([]);
  expect(await lab.primary()).toBe(to.name);
});

const someOf = boundaries.filter((at) => /assess|fence|promote|cut-over|rebuild/.test(at));
test.each(someOf)('fault 14: killed %s, resumed', async (at) => {
  const trial = await beginTrial(lab);
  const dead = await lab.start([], { at });
  expect(dead.exitCode).toBeNull();
  const resumed = await lab.holdfast(['executions', 'resume']);
  expect(resumed.exitCode).toBe(0);
  expect((await checkWorld(lab, trial))?.outcome).toBe('succeeded');
  expect(await endTrial(lab, trial)).toEqual([]);
  expect(await lab.primary()).toBe(otherOf(trial.primary));
});
