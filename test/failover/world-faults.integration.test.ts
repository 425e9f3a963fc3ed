/** What breaks around a failover: the network, the replica, the zone, disks, clocks, other people. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { zoneName } from '../servers/bind.ts';
import { startPostgresPair } from '../servers/postgres-pair.ts';
import { broken, pidsOf, shell } from './breaking.ts';
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

const forced = ['--mode', 'forced'];
/** Nothing was done, and nothing had to be. */
async function untouched(): Promise<void> {
  await checkWorld(lab, trial);
  expect(await endTrial(lab, trial)).toEqual([]);
  expect(await lab.primary()).toBe(trial.primary);
}

/** Tries until it is; what its connection says later is kept in `words`. */
async function connected(url: string, words: string[]): Promise<Client> {
  for (;;) {
    const client = new Client(url);
    client.on('error', ({ message }) => words.push(message));
    const refused = await client.connect().then(
      () => false,
      () => true,
    );
    if (!refused) return client;
    await sleep(10);
  }
}

describe('clients that keep the old address', () => {
  test('fault 22: their sessions are ended, they write nowhere, and the report names them', async () => {
    const { from } = await lab.sides();
    const url = new URL(lab.pair.application);
    url.hostname = from.address;
    const words: string[] = [];
    const cached = await connected(url.href, words);
    const ended = new Promise((resolve) => cached.once('end', resolve));
    const again = ended.then(() => connected(url.href, words));
    expect(await lab.start()).toMatchObject({ outcome: 'succeeded' });
    expect(words.join()).toMatch(/terminating connection due to administrator command/);
    const insert = (await again).query('insert into ledger (id) values (-1)');
    await expect(insert).rejects.toThrow(/read-only/);
    await (await again).end();
    const report = await checkWorld(lab, trial);
    const linesOf = (step: string) => report?.phases.find((each) => each.step === step)?.lines;
    expect(linesOf('fence')).toContainEqual(expect.stringMatching(/^ended: app from .* × \d+$/));
    expect(linesOf('rebuild')?.join()).toMatch(/to read or by an old address: app from /);
    expect(await endTrial(lab, trial)).toEqual([]);
  });
});

describe('before anything is touched', () => {
  test('faults 3 and 4: cut off from a primary that works, nothing is promoted without a person', async () => {
    const { from, to } = await lab.sides();
    await using _ = await broken.streaming(to);
    const key = `ORDERS_${from.name.toUpperCase()}`;
    const real = lab.environment[key] ?? '';
    lab.environment[key] = real.replace(/:\d+\//, ':9/');
    await expect.poll(() => broken.streams(from), { timeout: 10_000 }).toBe(false);
    const waiting = lab.failover('start', forced);
    await expect
      .poll(async () => (await lab.failover('status')).exitCode, { timeout: 20_000 })
      .toBe(22);
    expect(await lab.role(to.name)).toBe('replica');
    const { result } = await lab.failover('status');
    lab.environment[key] = real;
    await broken.mendStreaming(to);
    await expect.poll(() => broken.streams(from), { timeout: 10_000 }).toBe(true);
    expect((await lab.failover('approve', [result.waitsFor])).exitCode).toBe(0);
    expect(await waiting).toMatchObject({ outcome: 'refused', exitCode: 21 });
    await untouched();
  });

  test('fault 6: a replica that does not stream is no target, whatever its lag says', async () => {
    const { from, to } = await lab.sides();
    await using _ = await broken.streaming(to);
    await expect.poll(() => broken.streams(from), { timeout: 10_000 }).toBe(false);
    expect(await lab.start()).toMatchObject({ exitCode: 21, code: 'TARGET_NOT_STREAMING' });
    expect(await lab.start(forced)).toMatchObject({ exitCode: 21, code: 'PRIMARY_ALIVE' });
    await broken.mendStreaming(to);
    await untouched();
  });

  test('fault 25: an administrator of the target who may not promote is found before the fence', async () => {
    const { from, to } = await lab.sides();
    await from.query(
      `drop role if exists weak; create role weak login password 'weak' in role pg_monitor`,
    );
    const key = `ORDERS_${to.name.toUpperCase()}`;
    const real = lab.environment[key] ?? '';
    lab.environment[key] = real.replace(/\/\/[^@]*@/, '//weak:weak@');
    const refused = await lab.start();
    lab.environment[key] = real;
    expect(refused).toMatchObject({ exitCode: 21, code: 'FAILOVER_NOT_READY' });
    expect(refused.stdout).toContain('pg_promote');
    expect(await lab.steps(await lab.epoch())).not.toContain('fence-begun');
    await untouched();
  });

  test('fault 31: a candidate of another cluster is refused', async () => {
    const stranger = await startPostgresPair();
    const { to } = await lab.sides();
    const key = `ORDERS_${to.name.toUpperCase()}`;
    const real = lab.environment[key] ?? '';
    lab.environment[key] = stranger.b.url;
    const refused = await lab.start().finally(() => stranger.stop());
    lab.environment[key] = real;
    expect(refused).toMatchObject({ exitCode: 21, code: 'TARGET_FOREIGN' });
    await untouched();
  });

  test('fault 36: a cluster that Patroni manages is refused', async () => {
    const { from } = await lab.sides();
    const file = `${from.data}/patroni.dynamic.json`;
    await shell(`touch ${file} && chown --reference=${from.data} ${file}`);
    const refused = await lab.start();
    await shell(`rm ${file}`);
    expect(refused).toMatchObject({ exitCode: 21, code: 'FAILOVER_NOT_READY' });
    expect(refused.stdout).toContain('another tool manages the cluster: patroni');
    await untouched();
  });
});

describe('in the middle', () => {
  test('fault 36: somebody else promotes the replica in the middle: found, not repeated', async () => {
    const { to } = await lab.sides();
    const promote = `psql '${to.url}' -qtc 'select pg_promote(true, 20)'`;
    expect(await lab.start([], { at: 'before promote', do: promote })).toMatchObject({
      outcome: 'succeeded',
    });
    const report = await checkWorld(lab, trial);
    expect(JSON.stringify(report?.phases)).toContain('was promoted already');
    expect(await endTrial(lab, trial)).toEqual([]);
  });

  test('fault 16: a promotion that never ends is given up, and cannot come later', async () => {
    const { to } = await lab.sides();
    const freeze = `kill -STOP ${pidsOf(to, ': startup')}`;
    const ran = await lab.start([], { at: 'before promote', do: freeze });
    expect(ran).toMatchObject({ exitCode: 20, outcome: 'rolled-back', code: 'PROMOTE_FAILED' });
    await checkWorld(lab, trial);
    await sleep(500);
    expect(await lab.role(to.name)).toBe('replica');
    await untouched();
  });

  test('fault 20: where the zone does not answer the run stops, and goes on from there', async () => {
    const stop = `kill -STOP ${lab.bind.pid}`;
    const ran = await lab.start([], { at: 'before cut-over', do: stop });
    lab.bind.thaw();
    expect(ran).toMatchObject({ exitCode: 1, outcome: 'failed' });
    expect((await checkWorld(lab, trial))?.writable).toBe(otherOf(trial.primary));
    expect(await lab.name()).toBe(trial.name);
    expect(await lab.start()).toMatchObject({ outcome: 'succeeded' });
    expect(await endTrial(lab, trial)).toEqual([]);
  });

  test('fault 24: a name that somebody rewrites is not fought over', async () => {
    const lines = [`update delete db.${zoneName} A`, `update add db.${zoneName} 5 A 127.0.0.9`];
    const ran = await lab.start([], { at: 'before cut-over', do: lab.bind.rewriteCommand(lines) });
    expect(ran).toMatchObject({ outcome: 'failed', code: 'DNS_CHANGED' });
    expect(await lab.name()).toBe('127.0.0.9');
    await lab.bind.rewrite([lines[0] ?? '', `update add db.${zoneName} 5 A ${trial.name}`]);
    await checkWorld(lab, trial);
    expect(await endTrial(lab, trial)).toEqual([]);
  });

  test('fault 27: nobody who can be told stops nothing', async () => {
    const alerts = {
      channels: { hook: { webhook: 'http://127.0.0.1:9/', secret: 'env:HOLDFAST_KEY' } },
      routes: [{ on: ['failover.started', 'failover.failed'], to: ['hook'] }],
    };
    await lab.configure({}, { alerts });
    expect(await lab.start()).toMatchObject({ exitCode: 0, outcome: 'succeeded' });
    await checkWorld(lab, trial);
    expect(await endTrial(lab, trial)).toEqual([]);
  });

  test.each([300, -300])('fault 39: a clock that is off by %i s decides nothing', async (skew) => {
    expect(await lab.start([], { skew })).toMatchObject({ outcome: 'succeeded' });
    await checkWorld(lab, trial);
    expect(await endTrial(lab, trial)).toEqual([]);
  });
});

describe('by force', () => {
  test.each([{ bytes: 1000 }, { transactions: 3 }])(
    'fault 5: a loss beyond %o is given back with the old primary',
    async (budget) => {
      await lab.configure({ budget });
      const { from, to } = await lab.sides();
      await using _ = await broken.streaming(to);
      await expect.poll(() => broken.streams(from), { timeout: 10_000 }).toBe(false);
      await lab.untilWritten(50);
      await from.signal('SIGKILL');
      const ran = await lab.start(forced);
      expect(ran).toMatchObject({ exitCode: 20, outcome: 'rolled-back', code: 'LOSS_OVER_BUDGET' });
      await checkWorld(lab, trial);
      await broken.mendStreaming(to);
      await expect.poll(() => broken.streams(from), { timeout: 15_000 }).toBe(true);
      expect(await endTrial(lab, trial)).toEqual([]);
      expect(await lab.primary()).toBe(trial.primary);
    },
  );

  test('fault 29: where the log for a rewind is missing the old side is copied, and the loss was counted', async () => {
    const { from, to } = await lab.sides();
    await using _ = await broken.streaming(to);
    await expect.poll(() => broken.streams(from), { timeout: 10_000 }).toBe(false);
    await lab.untilWritten(20);
    await from.signal('SIGKILL');
    const without = { bin: await broken.withoutRewind(from, lab.folder) };
    await lab.configure({ nodes: lab.nodes({ [from.name]: without }) });
    expect(await lab.start(forced)).toMatchObject({ outcome: 'succeeded' });
    const report = await checkWorld(lab, trial);
    expect(JSON.stringify(report?.phases)).toContain('(clone)');
    expect((await endTrial(lab, trial)).length).toBeGreaterThan(0);
  });
});

describe('afterwards', () => {
  test('faults 34 and 13: exposed, a second one is refused; a fence that somebody takes away is put back', async () => {
    const { from } = await lab.sides();
    await lab.configure({ nodes: lab.nodes({ [from.name]: { start: ['false'] } }) });
    expect(await lab.start()).toMatchObject({ exitCode: 23, outcome: 'exposed' });
    expect((await checkWorld(lab, trial))?.writable).toBe(otherOf(trial.primary));
    const back = await lab.start(['--to', from.name]);
    expect(back).toMatchObject({ exitCode: 21, code: 'TARGET_MISSING' });
    await lab.stopWriting();
    await shell(`rm ${from.data}/standby.signal`);
    await from.ctl('start');
    expect((await lab.failover('check')).stdout).toContain('goes on with epoch');
    await lab.configure();
    expect(await lab.start()).toMatchObject({ outcome: 'succeeded' });
    await lab.startWriting();
    await checkWorld(lab, trial);
    await endTrial(lab, trial);
  });
});
