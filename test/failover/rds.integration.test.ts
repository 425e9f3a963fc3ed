/** Failover of RDS for PostgreSQL by its API: real servers, the command line, a client that remembers. */
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { AwsCall } from '../servers/aws-front.ts';
import { regions } from '../servers/rds.ts';
import { beginTrial, checkWorld, endTrial, isWhole, type Trial } from './invariants.ts';
import { type NodeName, otherOf } from './lab.ts';
import { RdsLab } from './rds-lab.ts';

let lab: RdsLab | undefined;

beforeEach(async () => {
  lab = await wholeLab(lab);
});

afterAll(() => lab?.close());

async function wholeLab(before: RdsLab | undefined): Promise<RdsLab> {
  if (before !== undefined) {
    before.pair.front.break(undefined);
    before.pair.settings.promotes = true;
    if (await isGood(before)) {
      await before.configure();
      return before;
    }
    await before.close();
  }
  return RdsLab.start();
}

/** SQL of the tests goes past the gates: a primary that was left fenced looks whole. */
async function isGood(l: RdsLab): Promise<boolean> {
  const primary = await l.primary();
  if (primary === undefined || (await l.isFenced(primary))) return false;
  return isWhole(l).catch(() => false);
}

const here = (): RdsLab => lab ?? expect.fail('no lab');

/** What the harness itself saw go wrong. */
function nothingForeign({ pair }: RdsLab): void {
  expect(pair.front.violations).toEqual([]);
  expect(pair.instances.failures).toEqual([]);
}

const instanceOf = ({ pair }: RdsLab, node: NodeName) =>
  pair.instances.find(regions[node], `orders-${node}`) ?? expect.fail(`no orders-${node}`);

/** Orders to instances that exist; those to nobody ask for rights only. */
const isReal = (call: AwsCall): boolean =>
  /^orders-/.test(call.parameters.get('DBInstanceIdentifier') ?? '');

test('planned: nothing is lost, and the old instance is kept beside the new replica', async () => {
  const l = here();
  const check = await l.failover('check');
  expect(check.result, JSON.stringify(check.result)).toMatchObject({ ready: true });
  const trial = await beginTrial(l);
  const there = await l.start();
  expect(there.result, there.stdout).toMatchObject({ outcome: 'succeeded' });
  const report = await checkWorld(l, trial);
  expect(report).toMatchObject({ fenceLasts: true, loss: { bytes: 0, transactions: 0 } });
  const kept = l.pair.instances.find(regions[trial.primary], `orders-a-before-${report?.epoch}`);
  expect(kept).toMatchObject({ status: 'available', groups: [l.pair.isolation[trial.primary]] });
  expect(await endTrial(l, trial)).toEqual([]);
  nothingForeign(l);
});

test('fault 15: the promotion took effect and its answer was lost: reconciled, never promoted twice', async () => {
  const l = here();
  const trial = await beginTrial(l);
  const before = l.orders('PromoteReadReplica').length;
  l.pair.front.break((call) =>
    call.action === 'PromoteReadReplica' && isReal(call) ? 'lose' : undefined,
  );
  const ran = await l.start();
  expect(ran.outcome, ran.stdout).toBe('succeeded');
  expect(l.orders('PromoteReadReplica').slice(before)).toEqual([
    `orders-${otherOf(trial.primary)}`,
  ]);
  await checkWorld(l, trial);
  expect(await endTrial(l, trial)).toEqual([]);
  nothingForeign(l);
});

test('fault 25: an order that is not permitted in the target’s Region is named before the fence', async () => {
  const l = here();
  const trial = await beginTrial(l);
  const changes = l.orders('ModifyDBInstance').length;
  const region = regions[otherOf(trial.primary)];
  l.pair.front.break((call) =>
    call.action === 'PromoteReadReplica' && call.region === region ? 'deny' : undefined,
  );
  const ran = await l.start();
  expect(ran).toMatchObject({ exitCode: 21, outcome: 'refused', code: 'FAILOVER_NOT_READY' });
  expect(ran.result.error.message).toContain(`PromoteReadReplica of nobody (${region})`);
  expect(l.orders('ModifyDBInstance').length).toBe(changes);
  await checkWorld(l, trial);
  expect(await endTrial(l, trial)).toEqual([]);
  expect(await l.primary()).toBe(trial.primary);
});

test('a promotion that RDS refuses is rolled back: the old primary has its groups again, and writes', async () => {
  const l = here();
  const trial = await beginTrial(l);
  const { groups } = instanceOf(l, trial.primary);
  l.pair.front.break((call) =>
    call.action === 'PromoteReadReplica' && isReal(call) ? 'deny' : undefined,
  );
  const ran = await l.start();
  expect(ran, ran.stdout).toMatchObject({ exitCode: 20, outcome: 'rolled-back' });
  expect(instanceOf(l, trial.primary).groups).toEqual(groups);
  await checkWorld(l, trial);
  expect(await endTrial(l, trial)).toEqual([]);
  expect(await l.primary()).toBe(trial.primary);
  nothingForeign(l);
});

test('fault 16: a promotion that never ends is given up, named, and not taken back; when it ends, the run goes on', async () => {
  const l = here();
  await l.configure({ nodes: l.nodes({ promoteWithin: '4s' }) });
  const trial = await beginTrial(l);
  const target = otherOf(trial.primary);
  l.pair.settings.promotes = false;
  const ran = await l.start();
  expect(ran.outcome, ran.stdout).toBe('failed');
  expect(await l.isFenced(trial.primary)).toBe(true);
  const report = await checkWorld(l, trial);
  expect(JSON.stringify(report)).toMatch(/modifying after 4 s.*takes no promotion back/);
  await l.pair.instances.endPromotion(instanceOf(l, target));
  const goesOn = await l.start();
  expect(goesOn.outcome, goesOn.stdout).toBe('succeeded');
  await checkWorld(l, trial);
  expect(await endTrial(l, trial)).toEqual([]);
  nothingForeign(l);
});

test('forced: a primary that was killed is fenced, its sessions are ended by a reboot, and a replica takes over', async () => {
  const l = here();
  const trial = await beginTrial(l);
  await l.pair[trial.primary].signal('SIGKILL');
  const refused = await l.start();
  expect(refused).toMatchObject({ exitCode: 21, code: 'PRIMARY_MISSING' });
  const ran = await l.start(['--mode', 'forced']);
  expect(ran.outcome, ran.stdout).toBe('succeeded');
  const report = await checkWorld(l, trial);
  expect(report?.fenceLasts).toBe(true);
  expect(JSON.stringify(report?.phases)).toContain('rebooted, which ends every session');
  await endTrialWithout(l, trial);
  nothingForeign(l);
});

test('fault 26: the source’s Region is dark: the forced run ends in time, exposed; when light returns, the old side is fenced and replaced', async () => {
  const l = here();
  const trial = await beginTrial(l);
  await l.pair.darken(trial.primary);
  trial.harmed.add(trial.primary);
  const ran = await l.start(['--mode', 'forced']);
  expect(ran, ran.stdout).toMatchObject({ exitCode: 23, outcome: 'exposed' });
  expect(ran.seconds).toBeLessThan(110);
  const report = await checkWorld(l, trial);
  expect(report).toMatchObject({ writable: otherOf(trial.primary), fenceLasts: false });
  expect(JSON.stringify(report?.phases)).toContain('NOT fenced: its Region does not answer');
  l.pair.front.break(undefined);
  l.pair.dark.clear();
  await instanceOf(l, trial.primary).machine?.ctl('start');
  const goesOn = await l.start();
  expect(goesOn.outcome, goesOn.stdout).toBe('succeeded');
  await endTrialWithout(l, trial);
  nothingForeign(l);
});

/** What a forced run lost is not told by its id: nobody reads the log of an instance. The report says so. */
async function endTrialWithout(l: RdsLab, trial: Trial): Promise<void> {
  await l.untilWritten(5);
  const acknowledged = await l.stopWriting();
  const primary = (await l.primary()) ?? expect.fail('I3: nobody is primary');
  expect(primary).toBe(otherOf(trial.primary));
  const rows = await l.pair[primary].query<{ id: string }>('select id from ledger');
  const there = new Set(rows.map(({ id }) => Number(id)));
  const lost = acknowledged.filter(({ id }) => !there.has(id));
  const losses = (await l.reports()).flatMap(({ epoch, loss }) =>
    epoch > trial.epoch && loss !== null ? [loss] : [],
  );
  const told = losses.some(({ bytes }) => bytes === null || bytes > 0);
  expect(told || lost.length === 0, `${lost.length} lost, ${JSON.stringify(losses)}`).toBe(true);
  expect(await isWhole(l)).toBe(true);
}
