/** The engine's own calls against two real servers, and the faults that each of them has to survive. */
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openControl } from '../../src/control/index.ts';
import type { ClusterNode } from '../../src/core/ports/failover-engine.ts';
import { postgresFailover as engine } from '../../src/engines/postgres/failover/engine.ts';
import { type PairNode, type PostgresPair, startPostgresPair } from '../servers/postgres-pair.ts';

const signal = new AbortController().signal;
const call = { signal, epoch: 7, mode: 'planned' } as const;
const planned = { mode: 'planned', signal } as const;
const forced = { mode: 'forced', signal } as const;
const patient = { timeout: 60_000, interval: 50 };

let pair: PostgresPair;
let a: ClusterNode;
let b: ClusterNode;
beforeEach(async () => {
  pair = await startPostgresPair();
  a = nodeOf(pair.a);
  b = nodeOf(pair.b);
});
afterEach(() => pair?.stop());

const nodeOf = ({ name, url, control }: PairNode): ClusterNode => ({
  ...{ name, url },
  control: openControl({ local: control }),
});
const stateOf = async (node: ClusterNode) => {
  const seen = await engine.observe(node, 5, signal);
  return seen.reachable ? seen.state : expect.fail(seen.seen);
};
const writes = async (node: ClusterNode) =>
  (await engine.probeWrite(pair.application, node, signal)).accepted;
const fill = () => pair.a.query('insert into ledger select generate_series(1, 5000)');
const rowsOf = async (node: PairNode) =>
  (await node.query<{ n: number }>('select count(*)::int as n from ledger'))[0]?.n;
const catchUp = (until: string | null = null) =>
  engine.catchUp(b, { until, timeoutSeconds: 60, signal });

/** Processes of a node's server, dead ones that nobody collects left out. */
function processesOf({ data }: PairNode): number[] {
  const script = `for p in /proc/[0-9]*; do [ "$(readlink $p/cwd)" = "$1" ] && basename $p; done; true`;
  const found = execFileSync('sh', ['-c', script, 'sh', data]).toString();
  return found.split('\n').filter(Boolean).map(Number);
}
/** Node a's URL, at a port that nobody listens on, or under a name that nobody answers for. */
function elsewhere(port: string): string {
  const url = new URL(pair.a.url);
  if (port === 'silent') url.hostname = 'nobody.invalid';
  else url.port = '1';
  return url.href;
}
/** Node a with another command to stop it. */
const toldToStop = (stop: string[]): ClusterNode => ({
  ...a,
  control: openControl({ local: { ...pair.a.control, stop } }),
});
function startupOf(node: PairNode): number {
  const list = execFileSync('ps', ['-o', 'pid=,args=', '-p', processesOf(node).join(',')]);
  return Number.parseInt(
    list
      .toString()
      .split('\n')
      .find((line) => line.includes(': startup')) ?? '',
    10,
  );
}

describe('a planned change of PostgreSQL', () => {
  it('ends where the primary ended; fault 12: whoever starts the old one gets a standby', async () => {
    await fill();
    const { stopPosition, lasts } = await engine.fence(a, planned);
    expect(lasts).toBe(true);
    expect(await catchUp(stopPosition)).toMatchObject({ complete: true });
    const promotion = await engine.promote(b, call);
    expect(promotion).toMatchObject({ timeline: '2', already: false });
    expect(engine.distanceBytes(stopPosition ?? '', promotion.forkPosition)).toBeGreaterThan(0);
    expect(await engine.verifyWritable(b, call)).toMatchObject({ timeline: '2', epoch: 7 });
    await expect(engine.verifyWritable(b, { ...call, epoch: 6 })).rejects.toThrow(/epoch/);
    expect(await rowsOf(pair.b)).toBe(5000);
    await pair.b.ctl('-m', 'fast', 'stop');
    await pair.b.ctl('start');
    expect(await engine.promote(b, call)).toEqual({ ...promotion, already: true });
    await pair.a.ctl('start');
    expect(await engine.probeWrite(pair.application, a, signal)).toEqual({
      accepted: false,
      seen: 'cannot set transaction read-write mode during recovery',
    });
  });

  it('fault 12: the fence is there before the server stops, for a supervisor that starts it at once', async () => {
    const { control } = pair.a;
    const restarting = [
      'sh',
      '-c',
      '"$@" && exec "$0" stop-was-done',
      '/bin/true',
      ...control.stop,
    ];
    const seen = `${pair.a.data}/../signal-at-stop`;
    const stop = [
      'sh',
      '-c',
      `test -e ${pair.a.data}/standby.signal && touch ${seen}; exec "$@"`,
      'sh',
      ...restarting,
    ];
    await engine.fence({ ...a, control: openControl({ local: { ...control, stop } }) }, planned);
    expect(execFileSync('ls', [seen]).toString()).toContain('signal-at-stop');
  });

  it('fault 10: default_transaction_read_only is seen to be no fence', async () => {
    await pair.a.query('alter database shop set default_transaction_read_only = on');
    expect(await writes(a)).toBe(true);
    expect(await writes(b)).toBe(false);
  });

  it('fault 11: a transaction that is open across the fence does not commit', async () => {
    const open = pair.a.query('begin; insert into ledger values (1); select pg_sleep(50); commit');
    const ended = expect(open).rejects.toThrow(/terminat/);
    await expect.poll(async () => (await stateOf(a)).sessions, patient).toBe(1);
    await engine.fence(a, planned);
    await ended;
  });

  it('fault 9: a fence that failed is taken back without a restart, and one that held with one', async () => {
    const { control } = pair.a;
    const stuck = { ...a, control: openControl({ local: { ...control, stop: ['false'] } }) };
    const [before] = await pair.a.query('select pg_postmaster_start_time()::text as at');
    await expect(engine.fence(stuck, planned)).rejects.toMatchObject({ code: 'FENCE_FAILED' });
    await engine.unfence(a, signal);
    expect(await pair.a.query('select pg_postmaster_start_time()::text as at')).toEqual([before]);
    await engine.fence(a, planned);
    await pair.a.ctl('start');
    await engine.unfence(a, signal);
    expect(await writes(a)).toBe(true);
  });
});

describe('a forced change of PostgreSQL', () => {
  it('fault 1: after SIGKILL what is left is fenced, and promoted twice is promoted once', async () => {
    await fill();
    await pair.a.signal('SIGKILL');
    expect(await engine.fence(a, forced)).toMatchObject({ lasts: true });
    expect(processesOf(pair.a)).toEqual([]);
    expect(await catchUp()).toMatchObject({ complete: true });
    const promotion = await engine.promote(b, call);
    expect(await engine.promote(b, call)).toEqual({ ...promotion, already: true });
    await pair.a.ctl('start');
    expect(await writes(a)).toBe(false);
  });

  it('fault 1: a server that has ended is not asked to stop: the command may wait for it', async () => {
    await pair.a.signal('SIGKILL');
    const { actions } = await engine.fence(toldToStop(['sleep', '60']), forced);
    expect(actions).toContain('it had ended: nothing of it runs, its port is refused');
    await pair.a.ctl('start');
    expect(await writes(a)).toBe(false);
  }, 30_000);

  it.each([
    ['its processes are not seen and its port is refused', { data: 'a copy', port: 'refused' }],
    ['nothing of it is seen and its port is silent', { data: 'a bare copy', port: 'silent' }],
    ['its lock file is gone and its port is refused', { data: 'no lock', port: 'refused' }],
  ])('one that lives is asked to stop where %s', async (_, { data, port }) => {
    const { control } = pair.a;
    const [copy, asked] = [`${control.data}-copy`, `${control.data}-asked`];
    if (data !== 'no lock') execFileSync('cp', ['-a', control.data, copy]);
    const at = data === 'no lock' ? control.data : copy;
    if (data !== 'a copy') execFileSync('mv', [`${at}/postmaster.pid`, `${at}/../lock`]);
    const stop = ['sh', '-c', `touch ${asked}; exec kill -INT ${processesOf(pair.a).join(' ')}`];
    const hidden = { ...a, control: openControl({ local: { ...control, stop, data: at } }) };
    await engine.fence({ ...hidden, url: elsewhere(port) }, forced);
    expect(execFileSync('ls', [asked]).toString()).toContain('asked');
    await expect.poll(() => processesOf(pair.a), patient).toEqual([]);
  });

  it('fault 2: a frozen primary is unreachable in time, and every process of it is killed at once', async () => {
    await pair.a.signal('SIGSTOP');
    expect(await engine.observe(a, 2, signal)).toMatchObject({ reachable: false });
    const { actions } = await engine.fence(a, forced);
    expect(actions).toContain('killed: it did not stop');
    expect(processesOf(pair.a)).toEqual([]);
    expect(await writes(a)).toBe(false);
  });

  it('fault 2: one that is frozen elsewhere than in its `data` is not called stopped', async () => {
    const elsewhere = `${pair.a.data}-old`;
    execFileSync('cp', ['-a', pair.a.data, elsewhere]);
    execFileSync('rm', [`${elsewhere}/postmaster.pid`]);
    await pair.a.signal('SIGSTOP');
    const old = { ...pair.a.control, data: elsewhere, stop: ['false'] };
    const lost: ClusterNode = {
      ...a,
      control: openControl({ local: old as typeof pair.a.control }),
    };
    await expect(engine.fence(lost, forced)).rejects.toMatchObject({
      code: 'FENCE_FAILED',
      message: expect.stringContaining('something holds its port'),
    });
    await pair.a.signal('SIGCONT');
    expect(await writes(a)).toBe(true);
  });

  it('fault 7: replay that was paused is resumed, and what was received is replayed first', async () => {
    await pair.b.query('select pg_wal_replay_pause()');
    await fill();
    const behind = async () => {
      const { received, position } = await stateOf(b);
      return engine.distanceBytes(position, received ?? '');
    };
    await expect.poll(behind, patient).toBeGreaterThan(0);
    await engine.fence(a, forced);
    expect(await catchUp()).toMatchObject({ complete: true });
    await engine.promote(b, call);
    expect(await rowsOf(pair.b)).toBe(5000);
  });

  it('fault 15: when the answer to the promotion is lost, the role decides', async () => {
    const startup = startupOf(pair.b);
    process.kill(startup, 'SIGSTOP');
    const work = engine.promote(b, call);
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity where query like 'select pg_promote(true, $%'`;
    await expect.poll(async () => (await pair.b.query(cut)).length, patient).toBe(1);
    process.kill(startup, 'SIGCONT');
    expect(await work).toMatchObject({ timeline: '2' });
  });

  it('a catch-up that cannot reach the end says so', async () => {
    const request = { until: 'F/0', timeoutSeconds: 1, signal };
    expect(await engine.catchUp(b, request)).toMatchObject({ complete: false });
  });
});

describe('the old primary of PostgreSQL', () => {
  const add = (node: PairNode, from: number, to: number) =>
    node.query(`insert into ledger select generate_series(${from}, ${to})`);

  it('is rewound when it went on, and its lost transactions are counted first', async () => {
    await add(pair.a, 1, 10);
    const promotion = await engine.promote(b, call);
    await add(pair.a, 11, 20);
    await add(pair.b, 101, 105);
    await engine.fence(a, forced);
    const loss = await engine.measureLoss({ source: a, target: b }, promotion, signal);
    expect(loss.transactions).toBe(1);
    expect(loss.bytes).toBeGreaterThan(0);
    const rebuilt = await engine.rebuild({ source: a, target: b }, call);
    expect(rebuilt).toMatchObject({ method: 'rewind', streaming: true });
    expect(await rowsOf(pair.a)).toBe(15);
  });

  it('is rewound after a crash too', async () => {
    await add(pair.a, 1, 10);
    await engine.promote(b, call);
    await add(pair.a, 11, 20);
    await add(pair.b, 101, 105);
    await pair.a.signal('SIGKILL');
    await engine.fence(a, forced);
    const rebuilt = await engine.rebuild({ source: a, target: b }, call);
    expect(rebuilt).toMatchObject({ method: 'rewind', streaming: true });
    expect(await rowsOf(pair.a)).toBe(15);
  });

  it('is rewound where somebody started it behind its fence: its last checkpoint is not its end', async () => {
    await pair.a.query('checkpoint');
    await add(pair.a, 1, 10);
    await engine.promote(b, call);
    await add(pair.a, 11, 20);
    await pair.a.signal('SIGKILL');
    await engine.fence(a, forced);
    await pair.a.ctl('start');
    await pair.a.ctl('-m', 'fast', 'stop');
    const rebuilt = await engine.rebuild({ source: a, target: b }, call);
    expect(rebuilt).toMatchObject({ method: 'rewind', streaming: true });
    expect(await rowsOf(pair.a)).toBe(10);
  });

  it('fault 28: is copied anew when both were promoted to the same number', async () => {
    await engine.promote(b, call);
    await add(pair.a, 11, 2000);
    await engine.fence(a, forced);
    await pair.a.ctl('start');
    await engine.promote(a, call);
    await add(pair.a, 2001, 2010);
    await add(pair.b, 101, 105);
    expect((await stateOf(a)).timeline).toBe((await stateOf(b)).timeline);
    const rebuilt = await engine.rebuild({ source: a, target: b }, call);
    expect(rebuilt).toMatchObject({ method: 'clone', streaming: true });
    expect(await pair.a.query('select id from ledger order by id')).toEqual(
      await pair.b.query('select id from ledger order by id'),
    );
    expect(await rowsOf(pair.a)).toBe(5);
  });
});
