/** The whole road on real servers: the command line, the state machine, two PostgreSQL servers, a writing client. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { runCli, runJson, temporaryFolder } from '../cli/run-cli.ts';
import { type PostgresPair, startPostgresPair } from '../servers/postgres-pair.ts';
import { type Ledger, missing, startLedger } from './ledger.ts';

let pair: PostgresPair;
let ledger: Ledger | undefined;
let cwd: string;
let environment: Record<string, string>;

beforeEach(async () => {
  pair = await startPostgresPair();
  cwd = await temporaryFolder();
  environment = {
    ORDERS_A: pair.a.url,
    ORDERS_B: pair.b.url,
    ORDERS_APP: pair.application,
    HOLDFAST_KEY: randomBytes(32).toString('base64'),
  };
  await configure({});
});

afterEach(async () => {
  await ledger?.stop();
  ledger = undefined;
  await pair?.stop();
});

const configure = (changes: object) =>
  writeFile(
    join(cwd, 'holdfast.yaml'),
    stringify({
      vault: { primary: { url: `file://${cwd}/vault` }, encryption: { key: 'env:HOLDFAST_KEY' } },
      sources: {},
      clusters: {
        orders: {
          engine: 'postgres',
          nodes: {
            a: { connection: 'env:ORDERS_A', control: { local: pair.a.control } },
            b: { connection: 'env:ORDERS_B', control: { local: pair.b.control } },
          },
          application: 'env:ORDERS_APP',
          smoke: [{ sql: 'select count(*) from ledger' }],
          ...changes,
        },
      },
    }),
  );

const holdfast = (...words: string[]) => runJson(words, { cwd, environment });

/** Tries one address after the other, as a client with two hosts does. */
function writing(): Ledger {
  let turn = 0;
  const urls = [pair.application, pair.application.replace(pair.a.address, pair.b.address)];
  ledger = startLedger(() => urls[turn++ % urls.length] ?? '');
  return ledger;
}

const rowsOf = (node: 'a' | 'b') => pair[node].query<{ id: string }>('select id from ledger');

test('a planned failover loses nothing, and failback is the same again', async () => {
  const writer = writing();
  await expect.poll(() => writer.acknowledged.length).toBeGreaterThan(20);
  const there = await holdfast('failover', 'start', 'orders', '--yes');
  expect(there.answer).toMatchObject({ exitCode: 0, result: { outcome: 'succeeded', epoch: 1 } });
  const before = writer.acknowledged.length;
  await expect.poll(() => writer.acknowledged.length).toBeGreaterThan(before + 20);
  const { answer } = await holdfast('failover', 'report', 'orders');
  expect(answer.result).toMatchObject({
    writable: 'b',
    loss: { transactions: 0 },
    fenceLasts: true,
  });
  const { expected } = (await holdfast('failover', 'plan', 'orders')).answer.result;
  expect(expected).toMatchObject({ runs: 1, of: 'failovers' });
  expect(expected.outageMilliseconds).toBe(answer.result.outageMilliseconds);
  expect(Object.keys(expected.milliseconds)).toContain('rebuild');
  const back = await holdfast('failover', 'start', 'orders', '--yes');
  expect(back.answer).toMatchObject({ result: { outcome: 'succeeded', epoch: 2 } });
  await writer.stop();
  expect(missing(writer, await rowsOf('a'))).toEqual([]);
  const [state] = await pair.b.query<{ replica: boolean }>('select pg_is_in_recovery() as replica');
  expect(state?.replica).toBe(true);
});

test('a primary that is killed is replaced by force, the loss is counted, and the old side rewound', async () => {
  await configure({ budget: { bytes: 16_777_216 } });
  const writer = writing();
  await expect.poll(() => writer.acknowledged.length).toBeGreaterThan(20);
  await pair.a.signal('SIGKILL');
  const refused = await holdfast('failover', 'start', 'orders', '--yes');
  expect(refused.answer.error.code).toBe('PRIMARY_MISSING');
  const forced = await holdfast('failover', 'start', 'orders', '--mode', 'forced', '--yes');
  expect(forced.answer.result).toMatchObject({ outcome: 'succeeded' });
  await writer.stop();
  const lost = missing(writer, await rowsOf('b'));
  const { answer } = await holdfast('failover', 'report', 'orders');
  expect(answer.result.loss.transactions).toBeGreaterThanOrEqual(lost.length);
  const [state] = await pair.a.query<{ replica: boolean }>('select pg_is_in_recovery() as replica');
  expect(state?.replica).toBe(true);
});

test('a fenced primary that somebody starts again refuses writes', async () => {
  await configure({ smoke: [{ sql: 'select 1/0' }] });
  await holdfast('failover', 'start', 'orders', '--yes');
  await pair.a.ctl('-m', 'fast', 'stop').catch(() => undefined);
  await pair.a.ctl('start');
  await expect(pair.a.query('create table intruder (id int)')).rejects.toThrow(/read-only/);
});

test('forced is refused while the primary works, and planned while the replica does not', async () => {
  const alive = await holdfast('failover', 'plan', 'orders', '--mode', 'forced');
  expect(alive.answer).toMatchObject({ exitCode: 21 });
  expect(alive.answer.result.refusals[0].code).toBe('PRIMARY_ALIVE');
  await pair.b.ctl('-m', 'fast', 'stop');
  const check = await holdfast('failover', 'check', 'orders');
  expect(check.answer).toMatchObject({ exitCode: 21, result: { ready: false } });
});

test('a fence that cannot stop the server is undone, and the old primary is proved to write', async () => {
  await configure({
    nodes: {
      a: { connection: 'env:ORDERS_A', control: { local: { ...pair.a.control, stop: ['false'] } } },
      b: { connection: 'env:ORDERS_B', control: { local: pair.b.control } },
    },
  });
  const writer = writing();
  const { answer } = await holdfast('failover', 'start', 'orders', '--yes');
  expect(answer).toMatchObject({ exitCode: 20, result: { outcome: 'rolled-back' } });
  const before = writer.acknowledged.length;
  await expect.poll(() => writer.acknowledged.length).toBeGreaterThan(before + 5);
  await writer.stop();
  expect(missing(writer, await rowsOf('a'))).toEqual([]);
});

test('without a terminal it waits for an approval from elsewhere, and status says so', async () => {
  const started = runJson(['failover', 'start', 'orders'], { cwd, environment });
  await expect
    .poll(async () => (await holdfast('failover', 'status', 'orders')).answer.exitCode, {
      timeout: 20_000,
    })
    .toBe(22);
  const { answer } = await holdfast('failover', 'status', 'orders');
  const wrong = await holdfast('failover', 'approve', 'orders', '0000');
  expect(wrong.answer.error.code).toBe('PLAN_CHANGED');
  await holdfast('failover', 'approve', 'orders', answer.result.waitsFor);
  expect((await started).answer.result.outcome).toBe('succeeded');
});

test('a killed executor is followed by a run that goes on', async () => {
  const dead = await runCli(['failover', 'start', 'orders', '--yes'], {
    cwd,
    environment,
    during: (child) => {
      child.stderr?.on('data', (text: Buffer) => {
        if (text.toString().includes('Promote')) child.kill('SIGKILL');
      });
    },
  });
  expect(dead.exitCode).toBeNull();
  await sleep(200);
  const refused = await holdfast('failover', 'start', 'orders', '--plan', 'of-another-time');
  expect(refused.answer.result).toMatchObject({ outcome: 'refused', epoch: 2 });
  const { answer } = await holdfast('failover', 'start', 'orders', '--yes');
  expect(answer.result.outcome).toBe('succeeded');
  const [row] = await pair.b.query<{ replica: boolean }>('select pg_is_in_recovery() as replica');
  expect(row?.replica).toBe(false);
});
