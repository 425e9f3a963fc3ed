/** The engine's own calls against two real servers behind the RDS API of two Regions, and its faults. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClusterNode } from '../../src/core/ports/failover-engine.ts';
import { auroraFailover as engine } from '../../src/engines/aurora/engine.ts';
import { type AuroraMember, AuroraPair } from '../servers/aurora/index.ts';

const signal = new AbortController().signal;
const planned = { mode: 'planned', signal } as const;
const call = { ...planned, epoch: 7 };

let aurora: AuroraPair;
beforeAll(async () => {
  aurora = await AuroraPair.start();
}, 120_000);
beforeEach(() => {
  for (const [name, value] of Object.entries(aurora.environment)) vi.stubEnv(name, value);
  aurora.asked.length = 0;
});
afterEach(() => {
  aurora.stuck = false;
  aurora.faults.clear();
  expect(aurora.front.violations).toEqual([]);
});
afterAll(() => aurora?.stop());

const nodeOf = ({ name, url, place }: AuroraMember, promoteWithin = '30s'): ClusterNode => ({
  ...{ name, url, control: undefined },
  managed: { aurora: { ...place, promoteWithin, endpoint: aurora.front.endpoint } },
});
const stateOf = async (node: ClusterNode) => {
  const seen = await engine.observe(node, 5, signal);
  return seen.reachable ? seen.state : expect.fail(seen.seen);
};
const probe = (member: AuroraMember) =>
  engine.probeWrite(aurora.a.application, nodeOf(member), signal);
const write = (member: AuroraMember, id: number) =>
  member.server.query(`insert into ledger (id) values (${id})`, member.application);
/** Asked for in earnest: the permission is asked for with a cluster that does not exist. */
const promotions = () =>
  aurora.asked.filter((each) => /(Switchover|Failover)GlobalCluster orders-/.test(each));

/** The whole of it, from `source`, as the steps call it. */
async function switchOver(source: AuroraMember, target: AuroraMember, epoch: number) {
  const [from, to] = [nodeOf(source), nodeOf(target)];
  const { stopPosition } = await engine.fence(from, planned);
  const request = { until: stopPosition, timeoutSeconds: 20, signal };
  expect(await engine.catchUp(to, request)).toMatchObject({ complete: true });
  const promotion = await engine.promote(to, { ...call, epoch });
  const proof = await engine.verifyWritable(to, { ...call, epoch });
  return { promotion, proof, stopPosition };
}

describe('what is seen of a global database', () => {
  it('tells who writes and who follows, at the endpoint of the readers where the other is inactive', async () => {
    expect(await stateOf(nodeOf(aurora.a))).toMatchObject({
      ...{ role: 'primary', identity: 'orders', timeline: 'orders-east', managedBy: null },
      replicas: [{ address: 'us-west-2', position: expect.stringMatching(/^\d+$/) }],
    });
    expect(await stateOf(nodeOf(aurora.b))).toMatchObject({
      ...{ role: 'replica', identity: 'orders', streaming: true, upstream: aurora.a.arn },
      received: expect.stringMatching(/^\d+$/),
    });
  });

  it('finds nothing against a switchover, without asking for one', async () => {
    const nodes = { source: nodeOf(aurora.a), target: nodeOf(aurora.b) };
    expect(await engine.preflight(nodes, signal)).toEqual([]);
    expect(promotions()).toEqual([]);
  });

  it('fault 25: names a permission that is missing in the target’s Region only', async () => {
    aurora.faults.set('us-west-2 SwitchoverGlobalCluster', 'deny');
    const nodes = { source: nodeOf(aurora.a), target: nodeOf(aurora.b) };
    expect(await engine.preflight(nodes, signal)).toEqual([
      expect.stringMatching(
        /^b: SwitchoverGlobalCluster to holdfast-permission-probe \(us-west-2\): AccessDenied.*not authorized/,
      ),
    ]);
    expect(await engine.preflight({ source: nodes.target, target: nodes.source }, signal)).toEqual(
      expect.arrayContaining(['a is the writer of orders already']),
    );
  });

  it('names roles that the administrator may not alter, and one who does not see sessions', async () => {
    await aurora.a.server.query(`revoke pg_monitor from admin; alter role admin nocreaterole`);
    const nodes = { source: nodeOf(aurora.a), target: nodeOf(aurora.b) };
    const found = await engine.preflight(nodes, signal);
    await aurora.a.server.query(`grant pg_monitor to admin; alter role admin createrole`);
    expect(found).toEqual([
      expect.stringContaining('does not see all sessions'),
      expect.stringContaining('may not alter app'),
    ]);
  });
});

describe('the fence of Aurora', () => {
  it('shuts every role out, ends an open transaction, and is taken back', async () => {
    await aurora.a.server.query(`create role dormant nologin`);
    expect((await probe(aurora.a)).accepted).toBe(true);
    const sql = 'begin; insert into ledger values (-1); select pg_sleep(30); commit';
    const open = aurora.a.server.query(sql, aurora.a.application);
    const ended = expect(open).rejects.toThrow(/terminat/);
    await expect.poll(async () => (await stateOf(nodeOf(aurora.a))).sessions).toBe(1);
    const report = await engine.fence(nodeOf(aurora.a), planned);
    expect(report).toMatchObject({ lasts: true, stopPosition: expect.stringMatching(/^\d+$/) });
    await ended;
    expect(await probe(aurora.a)).toMatchObject({
      ...{ accepted: false, seen: expect.stringContaining('not permitted to log in') },
    });
    await aurora.a.server.ctl('-m', 'fast', 'stop');
    await aurora.a.server.ctl('start');
    expect((await probe(aurora.a)).accepted).toBe(false);
    await engine.unfence(nodeOf(aurora.a), signal);
    expect((await probe(aurora.a)).accepted).toBe(true);
    const roles = `select rolname from pg_roles where not rolcanlogin and rolname in ('app', 'dormant')`;
    expect(await aurora.a.server.query(roles)).toEqual([{ rolname: 'dormant' }]);
  });

  it('fails where the administrator cannot shut a role out, and what was done is taken back', async () => {
    await aurora.a.server.query('alter role admin nocreaterole');
    await expect(engine.fence(nodeOf(aurora.a), planned)).rejects.toMatchObject({
      code: 'FENCE_FAILED',
    });
    await aurora.a.server.query('alter role admin createrole');
    expect((await probe(aurora.a)).accepted).toBe(true);
  });
});

describe('a switchover', () => {
  it('fault 15: its answer is lost, and it is asked for once', async () => {
    await write(aurora.a, 1);
    aurora.faults.set('us-west-2 SwitchoverGlobalCluster', 'lose');
    const { promotion, proof } = await switchOver(aurora.a, aurora.b, 7);
    expect(promotion).toMatchObject({ timeline: 'orders-west', already: false });
    expect(proof).toMatchObject({ epoch: 7, timeline: 'orders-west' });
    expect(promotions()).toEqual(['us-west-2 SwitchoverGlobalCluster orders-west']);
    expect(await engine.promote(nodeOf(aurora.b), call)).toMatchObject({ already: true });
    expect(promotions()).toHaveLength(1);
    await write(aurora.b, 2);
    expect(await probe(aurora.a)).toMatchObject({
      ...{ accepted: false, seen: expect.stringContaining('during recovery') },
    });
    const nodes = { source: nodeOf(aurora.a), target: nodeOf(aurora.b) };
    expect(await engine.rebuild(nodes, call)).toMatchObject({ method: 'follow', streaming: true });
    expect(await engine.fence(nodeOf(aurora.a), planned)).toMatchObject({
      actions: ['it is a secondary already'],
    });
    await expect(
      engine.verifyWritable(nodeOf(aurora.b), { ...call, epoch: 6 }),
    ).rejects.toMatchObject({ code: 'NOT_WRITABLE' });
  });

  it('fault 16: one that does not end is named, waited for, and never asked for again', async () => {
    aurora.stuck = true;
    const hasty = nodeOf(aurora.a, '2s');
    await engine.fence(nodeOf(aurora.b), planned);
    const stuck = expect.stringMatching(/pending to us-east-1 orders-east/);
    await expect(engine.promote(hasty, { ...call, epoch: 8 })).rejects.toMatchObject({
      ...{ code: 'PROMOTE_FAILED', message: stuck },
    });
    await expect(engine.withdrawPromotion?.(hasty, signal)).rejects.toMatchObject({
      ...{ code: 'PROMOTION_PENDING', message: stuck },
    });
    await expect(engine.unfence(nodeOf(aurora.b, '1s'), signal)).rejects.toMatchObject({
      code: 'PROMOTION_PENDING',
    });
    expect((await stateOf(nodeOf(aurora.b))).managedBy).toMatch(/^Aurora itself \(pending/);
    aurora.stuck = false;
    await expect(engine.withdrawPromotion?.(nodeOf(aurora.a), signal)).rejects.toMatchObject({
      code: 'PAST_NO_RETURN',
    });
    expect(promotions()).toHaveLength(1);
    await engine.verifyWritable(nodeOf(aurora.a), { ...call, epoch: 8 });
    await write(aurora.a, 3);
  });
});

describe('a failover', () => {
  const forced = { mode: 'forced', signal } as const;

  it('fault 26: completes while the old primary’s Region is dark, asked for with AllowDataLoss there', async () => {
    await aurora.darken('a');
    const [from, to] = [nodeOf(aurora.a), nodeOf(aurora.b)];
    expect(await engine.observe(from, 2, signal)).toMatchObject({ reachable: false });
    expect(await engine.fence(from, forced)).toMatchObject({ lasts: false, stopPosition: null });
    expect((await probe(aurora.a)).accepted).toBe(false);
    const request = { until: null, timeoutSeconds: 20, signal };
    expect(await engine.catchUp(to, request)).toMatchObject({ complete: true });
    await engine.promote(to, { ...forced, epoch: 9 });
    await engine.verifyWritable(to, { ...forced, epoch: 9 });
    expect(promotions()).toEqual(['us-west-2 FailoverGlobalCluster orders-west']);
    await write(aurora.b, 4);
    expect(
      await engine.measureLoss({ source: from, target: to }, { forkPosition: '' }, signal),
    ).toMatchObject({ bytes: null });
  });

  it('its old primary is a secondary only when its Region is back, and is proved to follow', async () => {
    const nodes = { source: nodeOf(aurora.a), target: nodeOf(aurora.b) };
    const dark = await engine.rebuild(nodes, { ...forced, epoch: 9 });
    expect(dark).toMatchObject({ streaming: false, position: null });
    await aurora.lighten('a');
    const rebuilt = await engine.rebuild(nodes, { ...forced, epoch: 9 });
    expect(rebuilt).toMatchObject({ method: 'clone', streaming: true });
    expect(rebuilt.notes).toEqual([expect.stringContaining('rds:unplanned-global-failover-')]);
    expect((await probe(aurora.a)).accepted).toBe(false);
  });
});
