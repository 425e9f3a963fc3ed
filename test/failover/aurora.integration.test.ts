/** The whole road: the command line, the state machine, the RDS API of two Regions before two servers, a client. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { runJson, temporaryFolder } from '../cli/run-cli.ts';
import { AuroraPair } from '../servers/aurora/index.ts';
import { type Ledger, missing, startLedger } from './ledger.ts';

let aurora: AuroraPair;
let ledger: Ledger | undefined;
let cwd: string;
let hasty: string | undefined;
let environment: Record<string, string>;

beforeAll(async () => {
  aurora = await AuroraPair.start();
}, 120_000);
beforeEach(async () => {
  hasty = undefined;
  cwd = await temporaryFolder();
  environment = {
    ...aurora.environment,
    ORDERS_A: aurora.a.url,
    ORDERS_B: aurora.b.url,
    ORDERS_APP: aurora.a.application,
    HOLDFAST_KEY: randomBytes(32).toString('base64'),
  };
  aurora.asked.length = 0;
  // A new vault counts its epochs from one again.
  await aurora.a.server.query('truncate ledger; drop schema if exists holdfast cascade');
  await configure({});
});
afterEach(async () => {
  await ledger?.stop();
  ledger = undefined;
  aurora.faults.clear();
  aurora.stuck = false;
  expect(aurora.front.violations).toEqual([]);
});
afterAll(() => aurora?.stop());

const configure = (changes: object) =>
  writeFile(
    join(cwd, 'holdfast.yaml'),
    stringify({
      vault: { primary: { url: `file://${cwd}/vault` }, encryption: { key: 'env:HOLDFAST_KEY' } },
      sources: {},
      clusters: {
        orders: {
          engine: 'aurora-postgres',
          nodes: {
            a: { connection: 'env:ORDERS_A', control: { aurora: place('a') } },
            b: { connection: 'env:ORDERS_B', control: { aurora: place('b') } },
          },
          application: 'env:ORDERS_APP',
          smoke: [{ sql: 'select count(*) from ledger' }],
          ...changes,
        },
      },
    }),
  );
const names = ['a', 'b'] as const;
const place = (name: 'a' | 'b') => ({ ...aurora[name].place, promoteWithin: hasty ?? '30s' });

const holdfast = (...words: string[]) => runJson(['failover', ...words], { cwd, environment });
const start = (...words: string[]) => holdfast('start', 'orders', '--yes', ...words);
const report = async () => (await holdfast('report', 'orders')).answer.result;
const idsAt = (name: 'a' | 'b') =>
  aurora[name].server.query<{ id: string }>('select id from ledger');

/** I1: the application's writes are accepted at one endpoint and no other. */
async function writableAt(): Promise<string[]> {
  const accepted = await Promise.all(
    names.map(async (name) => {
      const id = 5e9 + Math.floor(performance.now() * 1000);
      const sql = `insert into ledger (id) values (${id})`;
      const written = aurora[name].server.query(sql, aurora[name].application);
      return written.then(
        () => [name],
        () => [],
      );
    }),
  );
  return accepted.flat();
}

/** Tries one cluster endpoint after the other, as a client with two hosts does. */
async function writing(): Promise<Ledger> {
  let turn = 0;
  const urls = [aurora.a.application, aurora.b.application];
  const writer = startLedger(() => urls[turn++ % 2] ?? '');
  ledger = writer;
  await goesOn(writer);
  return writer;
}

async function goesOn(writer: Ledger): Promise<void> {
  const before = writer.acknowledged.length;
  await expect
    .poll(() => writer.acknowledged.length, { timeout: 30_000, interval: 20 })
    .toBeGreaterThan(before + 20);
}

test('fault 25: a permission that is missing in the target’s Region is named, and nothing is touched', async () => {
  const writer = await writing();
  aurora.faults.set('us-west-2 SwitchoverGlobalCluster', 'deny');
  const { answer } = await start();
  expect(answer).toMatchObject({ exitCode: 21, result: { outcome: 'refused' } });
  expect((await report()).failure).toMatchObject({
    code: 'FAILOVER_NOT_READY',
    message: expect.stringMatching(/us-west-2.*not authorized/),
  });
  await goesOn(writer);
  expect(aurora.asked.filter((each) => /Cluster orders-west/.test(each))).toEqual([]);
});

test('what fails behind the fence is taken back, and the old primary is proved to write', async () => {
  const writer = await writing();
  // Refused only when it is asked for in earnest.
  aurora.faults.set('us-west-2 SwitchoverGlobalCluster orders-west', 'deny');
  const { answer } = await start();
  expect(answer).toMatchObject({ exitCode: 20, result: { outcome: 'rolled-back' } });
  expect((await report()).failure).toMatchObject({ code: 'PROMOTE_FAILED' });
  await goesOn(writer);
  await writer.stop();
  expect(missing(writer, await idsAt('a'))).toEqual([]);
});

test('a planned failover loses nothing, and failback is the same again; fault 15: its answer is lost', async () => {
  const writer = await writing();
  const there = await start();
  expect(there.answer).toMatchObject({ exitCode: 0, result: { outcome: 'succeeded', epoch: 1 } });
  await goesOn(writer);
  expect(await writableAt()).toEqual(['b']);
  expect(await report()).toMatchObject({
    ...{ writable: 'b', fenceLasts: true, loss: { bytes: 0, transactions: 0 } },
    fenceProof: expect.stringContaining('not permitted to log in'),
  });
  // Fault 15, on the way back: the answer is lost.
  aurora.faults.set('us-east-1 SwitchoverGlobalCluster orders-east', 'lose');
  expect((await start()).answer).toMatchObject({ result: { outcome: 'succeeded', epoch: 2 } });
  await goesOn(writer);
  expect(await writableAt()).toEqual(['a']);
  await writer.stop();
  expect(missing(writer, await idsAt('a'))).toEqual([]);
  const promotions = aurora.asked.filter((each) =>
    /(Switch|Fail)overGlobalCluster orders/.test(each),
  );
  expect(promotions).toEqual([
    'us-west-2 SwitchoverGlobalCluster orders-west',
    'us-east-1 SwitchoverGlobalCluster orders-east',
  ]);
  expect((await holdfast('check', 'orders')).answer).toMatchObject({ result: { ready: true } });
});

test('fault 16: a switchover that does not end leaves the fence up, and the next run goes on with it', async () => {
  hasty = '2s';
  await configure({});
  const writer = await writing();
  aurora.stuck = true;
  const { answer } = await start();
  expect(answer).toMatchObject({ exitCode: 1, result: { outcome: 'failed' } });
  expect((await report()).failure).toMatchObject({ code: 'PROMOTE_FAILED' });
  expect(await writableAt()).toEqual([]);
  aurora.stuck = false;
  expect((await start()).answer).toMatchObject({ result: { outcome: 'succeeded', epoch: 2 } });
  await goesOn(writer);
  expect(await writableAt()).toEqual(['b']);
  await writer.stop();
  expect(missing(writer, await idsAt('b'))).toEqual([]);
  const promotions = aurora.asked.filter((each) => /overGlobalCluster orders-/.test(each));
  expect(promotions).toEqual(['us-west-2 SwitchoverGlobalCluster orders-west']);
  expect((await start()).answer).toMatchObject({ result: { outcome: 'succeeded', epoch: 3 } });
});

test('fault 26: forced, with the old Region dark: exposed, until that Region is back and follows', async () => {
  const writer = await writing();
  await aurora.darken('a');
  expect((await start()).answer.error.code).toBe('PRIMARY_MISSING');
  const forced = await start('--mode', 'forced');
  expect(forced.answer).toMatchObject({ exitCode: 23, result: { outcome: 'exposed' } });
  await goesOn(writer);
  expect(await report()).toMatchObject({
    ...{ writable: 'b', fenceLasts: false, loss: { bytes: null } },
    failure: { code: 'REBUILD_FAILED' },
  });
  await writer.stop();
  const lost = missing(writer, await idsAt('b'));
  expect(lost.length).toBeLessThan(20);
  expect(aurora.asked).toContain('us-west-2 FailoverGlobalCluster orders-west');
  expect(aurora.asked.join()).not.toMatch(/us-east-1 (Switch|Fail)over/);
  await aurora.lighten('a');
  const again = await start();
  expect(again.answer).toMatchObject({ exitCode: 0, result: { outcome: 'succeeded' } });
  expect(await idsAt('a')).toEqual(await idsAt('b'));
});
