/** Failovers in a stack: started and approved as in the console, each step in its own role, IAM enforced. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signLink } from '../../src/core/failover/approval-link.ts';
import { type Ledger, missing, startLedger } from '../failover/ledger.ts';
import { buildFailoverWorld, type FailoverWorld, linkKey } from './failover-world.ts';

let world: FailoverWorld;
let ledger: Ledger | undefined;

beforeAll(async () => {
  world = await buildFailoverWorld();
});
afterAll(async () => {
  await ledger?.stop();
  await world?.close();
});

function writing(): Ledger {
  const { application, a, b } = world.pair;
  let turn = 0;
  const urls = [application, application.replace(a.address, b.address)];
  ledger = startLedger(() => urls[turn++ % urls.length] ?? '');
  return ledger;
}

const role = async (node: 'a' | 'b') => {
  const [row] = await world.pair[node].query<{ standby: boolean }>(
    'select pg_is_in_recovery() as standby',
  );
  return row?.standby ? 'replica' : 'primary';
};

/** The hash that the run of this epoch waits for. */
async function waiting(epoch: number): Promise<string> {
  const seen = async () => {
    const { answer } = await world.holdfast('failover', 'status', 'orders');
    return answer.result as { readonly epoch: number | null; readonly waitsFor: string | null };
  };
  const wanted = { epoch, waitsFor: expect.any(String) };
  await expect.poll(seen, { timeout: 90_000, interval: 500 }).toMatchObject(wanted);
  return String((await seen()).waitsFor);
}

/** The link that people were told of, and others that look like it, at the function URL itself. */
async function approvedByLink(epoch: number, planHash: string): Promise<void> {
  const told = async () =>
    JSON.stringify(await world.inbox.messages())
      .match(/https:[^\s"\\]+/g)
      ?.find((url) => url.includes(`epoch=${epoch}`) && url.includes(planHash)) ?? '';
  await expect.poll(told, { timeout: 20_000, interval: 500 }).toContain('lambda-url');
  const link = await told();
  const place = link.slice(0, link.indexOf('?'));
  const facts = { cluster: 'orders', epoch, planHash };
  const notOurs = { status: 403, page: expect.stringContaining('Not a link of this deployment') };
  const forged = link.replace('cluster=orders', 'cluster=others');
  expect(await world.follow(forged, 'POST')).toMatchObject(notOurs);
  const other = signLink({ ...facts, expires: Math.floor(Date.now() / 1000) + 60 }, 'x'.repeat(40));
  expect(await world.follow(`${place}?${other}`, 'POST')).toMatchObject(notOurs);
  const late = signLink({ ...facts, expires: Math.floor(Date.now() / 1000) - 1 }, linkKey);
  const over = { status: 410, page: expect.stringContaining('Its time is over') };
  expect(await world.follow(`${place}?${late}`, 'POST')).toMatchObject(over);
  const shown = await world.follow(link, 'GET');
  expect(shown.status).toBe(200);
  expect(shown.page).toContain(`planned: orders goes from a to b. Plan ${planHash}`);
  expect(await role('a')).toBe('primary');
  expect(await world.follow(link, 'POST')).toMatchObject({ status: 200 });
  expect(await world.follow(link, 'POST')).toMatchObject({ status: 410 });
}

describe('a failover in a stack', () => {
  test('is looked at from where it would run', async () => {
    const plan = await world.holdfast('failover', 'plan', 'orders');
    expect(plan.answer).toMatchObject({
      exitCode: 0,
      result: { from: 'a', to: 'b', refusals: [], loss: { bytes: 0 } },
    });
    const check = await world.holdfast('failover', 'check', 'orders');
    expect(check.answer).toMatchObject({ exitCode: 0, result: { ready: true, findings: [] } });
  });

  test('whose primary is gone is noticed by its schedule, and a forced run begins and asks', async () => {
    await world.pair.a.signal('SIGKILL');
    const planHash = await waiting(1);
    const { answer } = await world.holdfast('failover', 'status', 'orders');
    expect(answer.result).toMatchObject({ epoch: 1, execution: 'automatic-orders-1' });
    const approval = await world.start('Approve', { cluster: 'orders', planHash });
    expect(await world.finished(approval)).toMatchObject({ status: 'SUCCEEDED' });
    const report = async () => (await world.holdfast('failover', 'report', 'orders')).answer.result;
    await expect
      .poll(report, { timeout: 90_000, interval: 500 })
      .toMatchObject({ epoch: 1, mode: 'forced', outcome: 'succeeded', writable: 'b' });
    expect([await role('a'), await role('b')]).toEqual(['replica', 'primary']);
    expect((await world.records())['db.example.test. A']).toEqual([world.pair.b.address]);
    const told = JSON.stringify(await world.inbox.messages());
    expect(told).toContain('A forced failover was begun: automatic-orders-1');
  });

  test('is failed back from the command line: the same again', async () => {
    const back = await world.holdfast('failover', 'start', 'orders', '--yes');
    expect(back.answer, back.stderr).toMatchObject({
      exitCode: 0,
      result: { outcome: 'succeeded', epoch: 2 },
    });
    expect(back.stderr).toContain('Cut over');
    expect([await role('a'), await role('b')]).toEqual(['primary', 'replica']);
    expect((await world.records())['db.example.test. A']).toEqual([world.pair.a.address]);
  });

  test('whose execution was stopped leaves its place to the next at once', async () => {
    const stopped = await world.start('Failover', { cluster: 'orders' });
    await waiting(3);
    const second = await world.finished(await world.start('Failover', { cluster: 'orders' }));
    expect(second.status).toBe('FAILED');
    expect(second.cause).toContain('FAILOVER_RUNNING');
    await world.stop(stopped);
    expect(await role('a')).toBe('primary');
  });

  test('starts by one line, is approved by its link, once, and hands over without a loss', async () => {
    const writer = writing();
    await expect.poll(() => writer.acknowledged.length).toBeGreaterThan(20);
    const started = await world.start('Failover', { cluster: 'orders' });
    const planHash = await waiting(4);
    const stale = { cluster: 'orders', planHash: '0123456789abcdef' };
    const refused = await world.finished(await world.start('Approve', stale));
    expect([refused.status, refused.cause]).toEqual([
      'FAILED',
      expect.stringContaining('PLAN_CHANGED'),
    ]);
    expect(await role('a')).toBe('primary');
    await approvedByLink(4, planHash);
    const { status, output, cause } = await world.finished(started);
    expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
    expect(JSON.parse(String(output))).toEqual({ outcome: 'succeeded', epoch: 4 });

    expect([await role('a'), await role('b')]).toEqual(['replica', 'primary']);
    const before = writer.acknowledged.length;
    await expect.poll(() => writer.acknowledged.length).toBeGreaterThan(before + 20);
    await writer.stop();
    const rows = await world.pair.b.query<{ id: string }>('select id from ledger');
    expect(missing(writer, rows)).toEqual([]);
    expect(await world.records()).toEqual({
      'db.example.test. A': [world.pair.b.address],
      '_holdfast.db.example.test. TXT': ['"gen=4"'],
    });
  });

  test('leaves its report in the vault, and told the team what to type', async () => {
    const { answer } = await world.holdfast('failover', 'report', 'orders');
    expect(answer.result).toMatchObject({
      epoch: 4,
      outcome: 'succeeded',
      writable: 'b',
      fenceLasts: true,
      loss: { transactions: 0 },
    });
    const told = JSON.stringify(await world.inbox.messages());
    expect(told).toContain('waits for an approval');
    expect(told).toMatch(/holdfast --stage lab failover approve orders [0-9a-f]{16}/);
  });
});
