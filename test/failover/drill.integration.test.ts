/** Drills of failovers by the command line: a real backup, real scratch servers, real kills; production looks on. */
import { createHash, randomBytes } from 'node:crypto';
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { runCli, runJson, temporaryFolder } from '../cli/run-cli.ts';
import { type PostgresFixture, startPostgres } from '../servers/postgres.ts';

/** Stands for production: it is backed up, and nothing else may touch it. */
let production: PostgresFixture;
let cwd: string;
/** Whatever the drills leave lies here. */
let temp: string;
let environment: Record<string, string>;

beforeAll(async () => {
  production = await startPostgres();
  await production.query(
    "create table items as select n as id, 'item ' || n as name from generate_series(1, 2000) n",
  );
});
afterAll(() => production?.stop());

beforeEach(async () => {
  cwd = await temporaryFolder();
  temp = await temporaryFolder();
  // The scratch servers run as another user where this is root.
  await chmod(temp, 0o711);
  environment = {
    TMPDIR: temp,
    HOLDFAST_TMPDIR: temp,
    SHOP: `${production.url}postgres`,
    HOLDFAST_KEY: randomBytes(32).toString('base64'),
    // Whoever resolved these would fail: a drill has no use for them.
    ORDERS_A: 'postgres://nobody@production-a.invalid:5432/shop',
    ORDERS_B: 'postgres://nobody@production-b.invalid:5432/shop',
    ORDERS_APP: 'postgres://nobody@production.invalid:5432/shop',
    TSIG: 'hmac-sha256:holdfast:aW52YWxpZA==',
  };
  await configure({});
});

const configure = (changes: object) =>
  writeFile(
    join(cwd, 'holdfast.yaml'),
    stringify({
      vault: { primary: { url: `file://${cwd}/vault` }, encryption: { key: 'env:HOLDFAST_KEY' } },
      sources: {
        shop: {
          engine: 'postgres',
          connection: 'env:SHOP',
          fingerprint: 'checksum',
          policies: { daily: { keep: { daily: 7 } } },
          drill: {
            assertions: [{ database: 'postgres', sql: 'select count(*) = 2000 from items' }],
          },
        },
      },
      clusters: {
        orders: {
          engine: 'postgres',
          nodes: { a: { connection: 'env:ORDERS_A' }, b: { connection: 'env:ORDERS_B' } },
          application: 'env:ORDERS_APP',
          source: 'shop',
          objectives: { rto: '60s', rpo: '10s' },
          dns: [
            {
              ...{
                provider: 'rfc2136',
                server: '127.0.0.1:1',
                zone: 'production.invalid',
                name: 'db',
              },
              ...{ key: 'env:TSIG', values: { a: '192.0.2.1', b: '192.0.2.2' } },
            },
          ],
          freeze: [{ command: ['touch', join(cwd, 'production-was-touched')] }],
          activate: [{ command: ['touch', join(cwd, 'production-was-touched')] }],
          smoke: [{ http: 'http://production.invalid/' }],
          ...changes,
        },
      },
    }),
  );

const holdfast = (...words: string[]) => runJson(words, { cwd, environment });
const drill = (...words: string[]) => holdfast('failover', 'drill', 'orders', ...words);

/** Neither a process nor a file. */
async function expectNothingLeft() {
  expect(await readdir(temp)).toEqual([]);
  expect(await readdir(cwd)).not.toContain('production-was-touched');
  const processes = await readdir('/proc');
  const lines = await Promise.all(
    processes
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  expect(lines.filter((line) => line.includes(temp))).toEqual([]);
}

test('a planned drill loses nothing, is signed, and the next one is compared with it', async () => {
  await holdfast('backup', 'shop');
  const first = await drill();
  expect(first.answer).toMatchObject({
    exitCode: 0,
    result: {
      outcome: 'passed',
      drill: {
        mode: 'planned',
        writes: { lost: 0 },
        comparison: { level: 'checksum' },
        assertions: [{ passed: true }],
        run: { outcome: 'succeeded', from: 'scratch-a', to: 'scratch-b', writable: 'scratch-b' },
        objectives: [
          { name: 'RTO', met: true },
          { name: 'RPO', met: true },
        ],
        trend: { drills: 0 },
      },
    },
  });
  const { outageMilliseconds, writes, backupId } = first.answer.result.drill;
  expect(outageMilliseconds).toBeGreaterThan(10);
  expect(writes.acknowledged).toBeGreaterThan(70);
  await expectNothingLeft();
  const second = await drill();
  expect(second.answer.result.drill.trend).toMatchObject({
    drills: 1,
    medianMilliseconds: outageMilliseconds,
  });
  await expectSigned(backupId);
});

/** As somebody without Holdfast would check it: the statement names the report by its hash. */
async function expectSigned(backupId: string) {
  const folder = join(cwd, 'vault/sets/shop', backupId, 'attestations');
  const names = (await readdir(folder)).filter((name) => name.endsWith('-rehearsed.json'));
  expect(names).toHaveLength(2);
  for (const name of names) {
    const statement = JSON.parse(await readFile(join(folder, name), 'utf8'));
    expect(statement).toMatchObject({ kind: 'rehearsed', passed: true, backup: backupId });
    const report = await readFile(join(cwd, 'vault', statement.details.report));
    const sha256 = createHash('sha256').update(report).digest('hex');
    expect(statement.details.reportSha256).toBe(sha256);
  }
  const shown = await holdfast('verify', 'shop');
  expect(shown.answer.exitCode).toBe(0);
}

test('a forced drill kills its primary, and counts by the ledger', async () => {
  await holdfast('backup', 'shop');
  const { answer } = await drill('--mode', 'forced');
  expect(answer.result).toMatchObject({
    outcome: 'passed',
    drill: { mode: 'forced', run: { outcome: 'succeeded', mode: 'forced' } },
  });
  const { writes, run } = answer.result.drill;
  expect(run.loss.transactions).toBeGreaterThanOrEqual(writes.lost);
  await expectNothingLeft();
});

test('a missed objective fails the drill, raises its alert, and the next good one clears it', async () => {
  await holdfast('backup', 'shop');
  await configure({ objectives: { rto: '0s' } });
  const { answer } = await drill();
  expect(answer).toMatchObject({ exitCode: 1, result: { outcome: 'failed' } });
  expect(answer.result.drill.reasons[0]).toMatch(/^RTO 0s: \d+ ms$/);
  const alert = async () =>
    JSON.parse(
      await readFile(join(cwd, 'vault/state/alerts/drill.failed.orders.failover.json'), 'utf8'),
    );
  expect(await alert()).toMatchObject({ status: 'open', problem: { event: 'drill.failed' } });
  await configure({});
  expect((await drill()).answer.exitCode).toBe(0);
  expect(await alert()).toMatchObject({ status: 'closed' });
  await expectNothingLeft();
});

test('without a backup that was verified, or a source to take one from, it is refused', async () => {
  await holdfast('backup', 'shop');
  await rm(join(cwd, 'vault/sets/shop', await onlySet(), 'attestations'), { recursive: true });
  const unproven = await drill();
  expect(unproven.answer).toMatchObject({
    exitCode: 21,
    result: { outcome: 'failed', error: { code: 'BACKUP_NOT_VERIFIED' } },
  });
  await configure({ source: undefined });
  expect((await drill()).answer).toMatchObject({
    exitCode: 21,
    result: { error: { code: 'DRILL_SOURCE_MISSING' } },
  });
  await expectNothingLeft();
});

const onlySet = async (): Promise<string> => (await readdir(join(cwd, 'vault/sets/shop')))[0] ?? '';

test('interrupted, it ends its servers and removes them', async () => {
  await holdfast('backup', 'shop');
  const ran = await runCli(['failover', 'drill', 'orders'], {
    cwd,
    environment,
    during: (child) => {
      child.stderr?.on('data', (text: Buffer) => {
        if (text.toString().includes('Fence')) child.kill('SIGINT');
      });
    },
  });
  expect(ran.exitCode).toBe(130);
  await expectNothingLeft();
});

test('killed, its servers end with the next drill', async () => {
  await holdfast('backup', 'shop');
  const ran = await runCli(['failover', 'drill', 'orders'], {
    cwd,
    environment,
    during: (child) => {
      child.stderr?.on('data', (text: Buffer) => {
        if (text.toString().includes('Promote')) child.kill('SIGKILL');
      });
    },
  });
  expect(ran.exitCode).toBeNull();
  await sleep(500);
  expect((await drill()).answer.exitCode).toBe(0);
  await expectNothingLeft();
});
