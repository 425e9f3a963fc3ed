/** The failover machine on the runner, over a simulated cluster: every path, and after each the invariants. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../src/core/canonical-json.ts';
import { leaseEventSchema } from '../../src/core/contracts/failover.ts';
import { reportError } from '../../src/core/errors.ts';
import type { FailoverReport } from '../../src/core/failover/report.ts';
import { findQuestion } from '../../src/pipeline/failover/approve.ts';
import type { ClusterAtWork } from '../../src/pipeline/failover/at-work.ts';
import { claimEpoch, newestClaim, requestAbort } from '../../src/pipeline/failover/claim.ts';
import { decide } from '../../src/pipeline/failover/decide.ts';
import { catchUp, fence, freeze } from '../../src/pipeline/failover/isolate.ts';
import {
  askApproval,
  assess,
  preflight,
  readiness,
  takeLease,
} from '../../src/pipeline/failover/prepare.ts';
import { report } from '../../src/pipeline/failover/report.ts';
import { readReport } from '../../src/pipeline/failover/reports.ts';
import { rollBack } from '../../src/pipeline/failover/roll-back.ts';
import { activate, rebuild, smoke } from '../../src/pipeline/failover/settle.ts';
import { openApproval, runStatus } from '../../src/pipeline/failover/status.ts';
import {
  cutOver,
  promote,
  propagate,
  reconcile,
  verifyWritable,
} from '../../src/pipeline/failover/take-over.ts';
import {
  createRunner,
  type ExecutionRecord,
  type FunctionHandler,
  type Journal,
  openJournal,
  type Runner,
} from '../../src/runner/index.ts';
import {
  type FailoverFunction,
  failoverArn,
  localSubstitutions,
  readMachines,
} from '../../src/wiring/machines.ts';
import {
  type Fault,
  type Simulated,
  simulateCluster,
} from '../pipeline/failover/simulated-cluster.ts';

type Step = (cluster: ClusterAtWork, event: never) => Promise<unknown>;
const ofRun =
  <R>(step: (cluster: ClusterAtWork, run: never) => Promise<R>) =>
  (cluster: ClusterAtWork, { run }: { run: never }) =>
    step(cluster, run);

const notCalled: Step = () => Promise.reject(new Error('not called'));

const steps: Record<FailoverFunction, Step> = {
  lease: (cluster, event) => takeLease(cluster, leaseEventSchema.parse(event)),
  preflight: ofRun(preflight),
  assess: ofRun(assess),
  'ask-approval': askApproval as Step,
  freeze: ofRun(freeze),
  fence: ofRun(fence),
  'catch-up': ofRun(catchUp),
  promote: ofRun(promote),
  reconcile: ofRun(reconcile),
  verify: ofRun(verifyWritable),
  'cut-over': ofRun(cutOver),
  propagate: ofRun(propagate),
  activate: ofRun(activate),
  smoke: ofRun(smoke),
  rebuild: ofRun(rebuild),
  'roll-back': ofRun(rollBack),
  report: report as Step,
  look: async (cluster) => ({
    plan: (await decide(cluster, { mode: 'planned', to: null })).plan,
    readiness: await readiness(cluster),
  }),
  'find-approval': (cluster, event) => findQuestion(cluster, event),
  // No machine calls them: test/pipeline/failover.
  'approval-link': notCalled,
  check: notCalled,
  watch: notCalled,
};

let folder: string;
let journal: Journal;
let runner: Runner;
let sim: Simulated;
/** Called before a step, by its function's name. */
let before: Partial<Record<FailoverFunction, () => Promise<void> | void>>;

/** As the handlers do: the report of an error becomes its message. */
const handlerOf =
  (name: FailoverFunction): FunctionHandler =>
  async (event) => {
    try {
      await before[name]?.();
      return (await steps[name](sim.cluster, event as never)) as Json;
    } catch (error) {
      const seen = reportError(error);
      throw Object.assign(new Error(JSON.stringify(seen)), { name: seen.name });
    }
  };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  journal = openJournal(join(folder, 'journal.sqlite'), { now: () => new Date() });
  [sim, before] = [simulateCluster(), {}];
  runner = createRunner({
    machines: await readMachines(),
    substitutions: localSubstitutions,
    functions: Object.fromEntries(
      (Object.keys(steps) as FailoverFunction[]).map((name) => [
        failoverArn(name),
        handlerOf(name),
      ]),
    ),
    tasks: { run: () => Promise.reject(new Error('no task')) } as never,
    journal,
  });
});

afterEach(async () => {
  await runner.close(0);
  journal.close();
  await rm(folder, { recursive: true, force: true });
});

async function approvedHash(mode: 'planned' | 'forced' = 'planned'): Promise<string> {
  return (await decide(sim.cluster, { mode, to: null })).plan.hash;
}

interface Ended {
  readonly record: ExecutionRecord;
  readonly report: FailoverReport | undefined;
}

async function failOver(input: object = {}): Promise<Ended> {
  const approved = await approvedHash((input as { mode?: 'forced' }).mode);
  const { id } = await runner.start('failover', { cluster: 'orders', approved, ...input });
  const record = await runner.wait(id);
  return { record, report: await readReport(sim.cluster.store, 'orders') };
}

/** I1: one writer at most. I4: the name leads to a writer, or was not touched. I6: the report says who. */
function holdsInvariants(seen: FailoverReport | undefined): void {
  const writers = sim.writers();
  expect(writers.length).toBeLessThanOrEqual(1);
  const named = sim.name() === '127.0.0.3' ? 'b' : 'a';
  if (sim.done.some((line) => line.startsWith('name'))) expect(writers).toEqual([named]);
  else expect(named).toBe('a');
  if (seen?.writable) expect(writers).toEqual([seen.writable]);
}

test('a planned run hands over, in order, and says so', async () => {
  const { record, report: seen } = await failOver();
  expect(record).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'succeeded', epoch: 1 } });
  expect(sim.done).toEqual([
    'fence a',
    'promote b',
    'verify b',
    'name 127.0.0.3',
    'command tell',
    'rebuild a',
  ]);
  expect(seen).toMatchObject({ outcome: 'succeeded', writable: 'b', loss: { bytes: 0 } });
  expect(seen?.fenceProof).toBe('connection refused');
  holdsInvariants(seen);
  expect(sim.told.filter(({ kind }) => kind === 'raised')).toHaveLength(1);
});

test('failback is the same run with the roles swapped', async () => {
  await failOver();
  sim.done.length = 0;
  const { report: seen } = await failOver();
  expect(seen).toMatchObject({ epoch: 2, from: 'b', to: 'a', writable: 'a' });
  expect(sim.writers()).toEqual(['a']);
  expect(sim.name()).toBe('127.0.0.2');
});

test('a forced run takes over from a primary that is gone', async () => {
  sim.set('a', 'silent');
  sim.set('b', { streaming: false });
  const { report: seen } = await failOver({ mode: 'forced' });
  expect(seen).toMatchObject({ outcome: 'succeeded', writable: 'b', mode: 'forced' });
  holdsInvariants(seen);
});

test.each<[Fault, string, string[]]>([
  ['fence fails', 'rolled-back', ['fence a', 'unfence a']],
  ['fence is bypassed', 'rolled-back', ['fence a', 'unfence a']],
  ['catch-up is short', 'rolled-back', ['fence a', 'unfence a']],
  ['promotion is lost', 'rolled-back', ['fence a', 'unfence a']],
  ['disk is full', 'failed', ['fence a', 'promote b']],
  ['name is rewritten', 'failed', ['fence a', 'promote b', 'verify b']],
])('%s: ends as %s', async (fault, outcome, done) => {
  sim.faults.add(fault);
  const { record, report: seen } = await failOver();
  expect(record.status).toBe('FAILED');
  expect(seen?.outcome).toBe(outcome);
  expect(sim.done).toEqual(done);
  expect(seen?.failure?.message).toBeTruthy();
  holdsInvariants(seen);
});

test.each<[Fault]>([['activation fails'], ['rebuild does not stream']])(
  '%s: the new primary serves, and the run ends as exposed',
  async (fault) => {
    sim.faults.add(fault);
    const { record, report: seen } = await failOver();
    expect(record.output).toMatchObject({ outcome: 'exposed' });
    expect(sim.done).toContain('rebuild a');
    holdsInvariants(seen);
  },
);

test('a resolver that stays with the old answer is named, and the rest is done all the same', async () => {
  sim.faults.add('resolver is old');
  const { report: seen } = await failOver();
  expect(seen).toMatchObject({ outcome: 'exposed', failure: { code: 'DNS_NOT_PROPAGATED' } });
  expect(seen?.failure?.message).toContain('127.0.0.1:53');
  expect(sim.done).toContain('rebuild a');
}, 30_000);

test('a promotion whose answer was lost is found, not repeated', async () => {
  sim.faults.add('promotion answers late');
  const { report: seen } = await failOver();
  expect(sim.done.slice(0, 4)).toEqual(['fence a', 'promote b', 'found b promoted', 'verify b']);
  expect(seen?.outcome).toBe('succeeded');
  holdsInvariants(seen);
});

test('what waits is approved in the console by the hash of its plan, and by no other', async () => {
  const { id } = await runner.start('failover', { cluster: 'orders' });
  await expect
    .poll(async () => (await runStatus(sim.cluster, 'orders')).waitsFor)
    .toBe(await approvedHash());
  const approve = async (planHash: string) =>
    runner.wait((await runner.start('approve', { cluster: 'orders', planHash })).id);
  const stale = await approve('0123456789abcdef');
  expect([stale.status, stale.error]).toEqual(['FAILED', 'FailoverRefusedError']);
  expect(stale.cause).toContain('PLAN_CHANGED');
  expect(sim.done).toEqual([]);
  const planHash = await approvedHash();
  expect(await approve(planHash)).toMatchObject({
    status: 'SUCCEEDED',
    output: { cluster: 'orders', planHash, execution: id },
  });
  expect(await runner.wait(id)).toMatchObject({ output: { outcome: 'succeeded' } });
  const late = await approve(planHash);
  expect([late.status, late.cause]).toEqual([
    'FAILED',
    expect.stringContaining('APPROVAL_NOT_ASKED'),
  ]);
});

test('a look says what would be done, and touches nothing', async () => {
  const { id } = await runner.start('failover-plan', { cluster: 'orders' });
  const { output } = await runner.wait(id);
  expect(output).toMatchObject({
    plan: { from: 'a', to: 'b', refusals: [], hash: await approvedHash() },
    readiness: { ready: true },
  });
  expect(sim.done).toEqual([]);
});

test('a second start while one runs does nothing, and names the one that runs', async () => {
  const { promise: goOn, resolve } = Promise.withResolvers<void>();
  before.fence = () => goOn;
  const approved = await approvedHash();
  const first = await runner.start('failover', { cluster: 'orders', approved });
  await expect
    .poll(async () => (await runStatus(sim.cluster, 'orders')).steps.at(-1)?.step)
    .toBe('freeze');
  const second = await runner.start('failover', { cluster: 'orders', approved, mode: 'forced' });
  const refused = await runner.wait(second.id);
  expect(refused).toMatchObject({ status: 'FAILED', error: 'LeaseHeldError' });
  expect(refused.cause).toContain(first.id);
  resolve();
  expect((await runner.wait(first.id)).status).toBe('SUCCEEDED');
  expect(sim.done.filter((line) => line.startsWith('promote'))).toHaveLength(1);
});

test('nothing is touched before a person approves, and goes on when one does', async () => {
  const { id } = await runner.start('failover', { cluster: 'orders' });
  const asked = async () => openApproval(sim.cluster, { cluster: 'orders', epoch: 1 });
  await expect.poll(asked).toBeDefined();
  await sleep(50);
  expect(sim.done).toEqual([]);
  expect(sim.told.map((each) => each.kind === 'raised' && each.problem.event)).toContain(
    'failover.awaiting-approval',
  );
  runner.sendTaskSuccess((await asked())?.token ?? '', {});
  expect((await runner.wait(id)).status).toBe('SUCCEEDED');
  expect(await asked()).toBeUndefined();
});

test('nobody who answers is a no: nothing was touched', async () => {
  sim = simulateCluster({ approval: { required: true, timeout: '1s' } });
  const { id } = await runner.start('failover', { cluster: 'orders' });
  expect(await runner.wait(id)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  expect(sim.done).toEqual([]);
  const seen = await readReport(sim.cluster.store, 'orders');
  expect(seen).toMatchObject({ outcome: 'refused', writable: 'a' });
});

test('an approval is void when the world has changed since', async () => {
  const { id } = await runner.start('failover', { cluster: 'orders' });
  const asked = async () => openApproval(sim.cluster, { cluster: 'orders', epoch: 1 });
  await expect.poll(asked).toBeDefined();
  sim.set('b', { streaming: false });
  runner.sendTaskSuccess((await asked())?.token ?? '', {});
  const record = await runner.wait(id);
  expect(record).toMatchObject({ status: 'FAILED', error: 'FailoverRefusedError' });
  expect(sim.done).toEqual([]);
  expect((await readReport(sim.cluster.store, 'orders'))?.outcome).toBe('refused');
});

test('another plan than the one that was approved beforehand is refused', async () => {
  const { record, report: seen } = await failOver({ approved: 'of-yesterday' });
  expect(record.error).toBe('FailoverRefusedError');
  expect(seen).toMatchObject({ outcome: 'refused', failure: { code: 'PLAN_CHANGED' } });
  expect(sim.done).toEqual([]);
});

test.each<[FailoverFunction, string, string[]]>([
  ['preflight', 'refused', []],
  ['freeze', 'refused', []],
  ['catch-up', 'rolled-back', ['fence a', 'unfence a']],
  ['promote', 'rolled-back', ['fence a', 'unfence a']],
  ['verify', 'failed', ['fence a', 'promote b', 'verify b']],
])('an abort asked for before %s ends as %s', async (step, outcome, done) => {
  before[step] = async () => {
    await requestAbort(sim.cluster);
  };
  const { report: seen } = await failOver();
  expect(seen).toMatchObject({ outcome, failure: { code: 'FAILOVER_ABORTED' } });
  expect(sim.done).toEqual(done);
  holdsInvariants(seen);
});

describe('what is scaled around the database', () => {
  const web = { cluster: 'shop', service: 'web' };
  const idle = { cluster: 'shop', service: 'idle', node: 'b' };
  beforeEach(() => {
    sim = simulateCluster({
      freeze: [{ ecs: web }, { ecs: idle }],
      activate: [{ ecs: { ...web, within: '1s' } }, { ecs: { ...idle, node: 'a', count: 1 } }],
    });
  });
  const scaled = () => sim.done.filter((line) => line.startsWith('ecs'));

  test('goes before the fence, and comes back when the name leads to the new primary', async () => {
    const { report: seen } = await failOver();
    expect(seen?.outcome).toBe('succeeded');
    expect(sim.done.slice(0, 2)).toEqual(['ecs shop/web → 0', 'fence a']);
    expect(sim.done.indexOf('ecs shop/web → 3')).toBeGreaterThan(
      sim.done.indexOf('name 127.0.0.3'),
    );
    expect(JSON.stringify(seen?.phases)).toContain('ecs shop/idle is of b, and stays');
    expect(JSON.stringify(seen?.phases)).toContain('ecs shop/idle is of a, and stays');
  });

  test('is given back where a step fails between freeze and fence', async () => {
    before.fence = () => requestAbort(sim.cluster).then(() => undefined);
    const { report: seen } = await failOver();
    expect(seen).toMatchObject({ outcome: 'rolled-back', writable: 'a' });
    expect(scaled()).toEqual(['ecs shop/web → 0', 'ecs shop/web → 3']);
  });

  test('is named where it cannot be given back, and a run that goes on still knows how many there were', async () => {
    before.fence = () => requestAbort(sim.cluster).then(() => undefined);
    sim.faults.add('services stay down');
    const { report: seen } = await failOver();
    expect(seen).toMatchObject({ outcome: 'failed', writable: 'a' });
    sim.faults.clear();
    before = {};
    expect((await failOver()).report?.outcome).toBe('succeeded');
    expect(scaled()).toEqual(['ecs shop/web → 0', 'ecs shop/web → 0', 'ecs shop/web → 3']);
  });

  test('that does not come up leaves the run exposed, and says how many are up', async () => {
    sim.faults.add('services do not come up');
    const { report: seen } = await failOver();
    expect(seen).toMatchObject({ outcome: 'exposed', failure: { code: 'ACTIVATE_FAILED' } });
    expect(seen?.failure?.message).toContain('ecs shop/web: 0 of 3 are up after 1s');
  });

  test('of which nobody answers refuses a planned run, and does not stop a forced one', async () => {
    sim.faults.add('services are dark');
    expect((await failOver()).report).toMatchObject({ failure: { code: 'FAILOVER_NOT_READY' } });
    sim.set('a', 'silent');
    sim.set('b', { streaming: false });
    const { report: seen } = await failOver({ mode: 'forced' });
    expect(seen).toMatchObject({ outcome: 'exposed', failure: { code: 'ACTIVATE_FAILED' } });
    expect(JSON.stringify(seen?.phases)).toContain('ecs shop/web was NOT scaled to 0');
  });
});

test('an abort after the cutover changes nothing: there is only forward', async () => {
  before.propagate = async () => {
    await requestAbort(sim.cluster);
  };
  const { report: seen } = await failOver();
  expect(seen?.outcome).toBe('succeeded');
});

test('an executor that slept through a newer run finds out before it acts', async () => {
  before.promote = async () => {
    const claim = await newestClaim(sim.cluster.leaseStore, 'orders');
    sim.advance(7200);
    await claimEpoch(sim.cluster, 'another');
    expect(claim?.epoch).toBe(1);
  };
  const { record } = await failOver();
  expect(record.status).toBe('FAILED');
  expect(record.cause).toContain('EPOCH_STALE');
  expect(sim.done).not.toContain('promote b');
  // The newer run tells people; what this one opened was true when it did.
  expect(sim.told.map((change) => change.kind === 'raised' && change.problem.event)).not.toContain(
    'failover.failed',
  );
});

test('a claim that expired in the middle lets no side effect follow', async () => {
  before.promote = () => sim.advance(7200);
  const { record } = await failOver();
  expect(record.cause).toContain('EPOCH_EXPIRED');
  expect(sim.done).not.toContain('promote b');
});

test('a loss beyond the budget stops before the promotion, and says that a dead primary cannot be given back', async () => {
  sim.set('a', 'silent');
  sim.set('a', { position: '0/180' });
  sim.set('b', { streaming: false });
  const { report: seen } = await failOver({ mode: 'forced' });
  expect(seen).toMatchObject({
    outcome: 'failed',
    failure: { code: 'LOSS_OVER_BUDGET' },
    writable: null,
  });
  expect(seen?.failure?.message).toContain('undoing it failed: a does not accept writes');
  expect(sim.done).not.toContain('promote b');
});

test.each<[FailoverFunction]>([
  ['fence'],
  ['catch-up'],
  ['promote'],
  ['verify'],
  ['cut-over'],
  ['propagate'],
  ['rebuild'],
])(
  'an executor that dies before %s is followed by a run that reads the world and ends the same',
  async (step) => {
    const { promise: never } = Promise.withResolvers<void>();
    before[step] = () => never;
    const approved = await approvedHash();
    const { id } = await runner.start('failover', { cluster: 'orders', approved });
    await expect
      .poll(() => runner.history(id).filter(({ type }) => type === 'TaskStateEntered').length)
      .toBeGreaterThan(0);
    await expect.poll(() => runner.history(id).at(-1)?.type, { timeout: 5000 }).toBe('TaskStarted');
    await sleep(100);
    const claim = await newestClaim(sim.cluster.leaseStore, 'orders');
    expect(claim).toMatchObject({ epoch: 1, ended: null });
    await runner.stop(id, { cause: 'killed' });
    delete before[step];
    sim.advance(7200);
    const { id: next } = await runner.start('failover', { cluster: 'orders', approved });
    const record = await runner.wait(next);
    const seen = await readReport(sim.cluster.store, 'orders');
    expect(record.status).toBe('SUCCEEDED');
    expect(seen).toMatchObject({ epoch: 2, writable: 'b', outcome: 'succeeded' });
    expect(sim.done.filter((line) => line === 'promote b')).toHaveLength(1);
    holdsInvariants(seen);
  },
);

describe('a run that came to no end is gone on with', () => {
  const dieBefore = async (step: FailoverFunction): Promise<void> => {
    before[step] = () => new Promise<void>(() => undefined);
    const { id } = await runner.start('failover', {
      cluster: 'orders',
      approved: await approvedHash(),
    });
    await expect.poll(() => sim.done, { timeout: 5000 }).toContain('promote b');
    await sleep(100);
    await runner.stop(id, { cause: 'killed' });
    delete before[step];
    sim.advance(7200);
  };

  test('past a later run that was refused', async () => {
    await dieBefore('verify');
    const refused = await failOver({ approved: 'of another time' });
    expect(refused.report).toMatchObject({ epoch: 2, failure: { code: 'PLAN_CHANGED' } });
    const { report: seen } = await failOver();
    expect(seen).toMatchObject({ epoch: 3, outcome: 'succeeded', writable: 'b' });
    expect(seen?.phases.find(({ step }) => step === 'assess')?.lines).toContain(
      'goes on with epoch 1 (planned, a → b), which never ended',
    );
    holdsInvariants(seen);
  });

  test('where it failed after the promotion', async () => {
    sim.faults.add('disk is full');
    expect((await failOver()).report).toMatchObject({ outcome: 'failed', writable: null });
    sim.faults.clear();
    const { report: seen } = await failOver();
    expect(seen).toMatchObject({ epoch: 2, outcome: 'succeeded', from: 'a', to: 'b' });
    holdsInvariants(seen);
  });

  test('where the old side did not come back as a replica', async () => {
    sim.faults.add('rebuild does not stream');
    expect((await failOver()).report).toMatchObject({ outcome: 'exposed', writable: 'b' });
    sim.faults.clear();
    sim.set('a', 'silent');
    const { report: seen } = await failOver();
    expect(seen).toMatchObject({ epoch: 2, outcome: 'succeeded', from: 'a', to: 'b' });
    expect(sim.done.filter((line) => line === 'promote b')).toHaveLength(1);
    expect((await failOver()).report).toMatchObject({ epoch: 3, from: 'b', to: 'a' });
  });

  test('and is never called ready meanwhile', async () => {
    await dieBefore('cut-over');
    const { ready, findings } = await readiness(sim.cluster);
    expect({ ready, findings }).toEqual({
      ready: false,
      findings: ['goes on with epoch 1 (planned, a → b), which never ended'],
    });
    const a = { name: 'a', url: '', control: undefined };
    await sim.cluster.engine.unfence(a, sim.cluster.signal);
    expect((await readiness(sim.cluster)).findings).toContain('a and b both accept writes');
  });
});
