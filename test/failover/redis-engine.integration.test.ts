/** The engine's own calls against two real servers, and the faults that each of them has to survive. */
import { appendFile, readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openControl } from '../../src/control/index.ts';
import type { ClusterNode } from '../../src/core/ports/failover-engine.ts';
import { redisFailover as engine } from '../../src/engines/redis/failover/engine.ts';
import { freePort } from '../servers/process.ts';
import {
  type RedisNode,
  type RedisPair,
  startRedisPair,
  untilFollows,
} from '../servers/redis-pair.ts';

const signal = new AbortController().signal;
const call = { signal, epoch: 7, mode: 'planned' } as const;
const planned = { mode: 'planned', signal } as const;
const forced = { mode: 'forced', signal } as const;
const patient = { timeout: 30_000, interval: 50 };

let pair: RedisPair;
let a: ClusterNode;
let b: ClusterNode;
beforeEach(async () => {
  pair = await startRedisPair();
  a = nodeOf(pair.a);
  b = nodeOf(pair.b);
});
afterEach(() => pair?.stop());

const nodeOf = ({ name, url, control }: RedisNode): ClusterNode => ({
  ...{ name, url },
  control: openControl({ local: control }),
});
const stateOf = async (node: ClusterNode) => {
  const seen = await engine.observe(node, 5, signal);
  return seen.reachable ? seen.state : expect.fail(seen.seen);
};
const probe = (node: ClusterNode) => engine.probeWrite(pair.application, node, signal);
const writes = async (node: ClusterNode) => (await probe(node)).accepted;
const fill = async (from: number, to: number, node = pair.a) => {
  for (let id = from; id <= to; id++) await node.ask('SET', `ledger:${id}`, `value ${id}`);
};
const catchUp = (until: string | null = null) =>
  engine.catchUp(b, { until, timeoutSeconds: 10, signal });
const isDead = async (node: RedisNode) => {
  const pid = await node.pid();
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return stat.includes(') Z');
};

describe('a planned change of Redis', () => {
  it('ends where the primary ended, goes on from there, and the old one follows without a copy', async () => {
    await fill(1, 50);
    expect(await engine.preflight({ source: a, target: b }, signal)).toEqual([]);
    const { stopPosition, lasts } = await engine.fence(a, planned);
    expect(lasts).toBe(true);
    expect(await probe(a)).toMatchObject({
      accepted: false,
      seen: expect.stringMatching(/^NOREPLICAS/),
    });
    expect(await catchUp(stopPosition)).toMatchObject({ complete: true });
    const promotion = await engine.promote(b, call);
    expect(promotion.already).toBe(false);
    expect(engine.distanceBytes(stopPosition ?? '', promotion.forkPosition)).toBeGreaterThanOrEqual(
      0,
    );
    expect(await engine.promote(b, call)).toEqual({ ...promotion, already: true });
    expect(await engine.verifyWritable(b, call)).toMatchObject({ epoch: 7 });
    await expect(engine.verifyWritable(b, { ...call, epoch: 6 })).rejects.toThrow(/epoch/);
    const nodes = { source: a, target: b };
    expect(await engine.measureLoss(nodes, promotion, signal)).toMatchObject({ bytes: 0 });
    const rebuilt = await engine.rebuild(nodes, call);
    expect(rebuilt).toMatchObject({ method: 'follow', streaming: true, notes: [] });
    expect(await pair.a.ask('GET', 'ledger:50')).toBe('value 50');
    expect(await probe(a)).toMatchObject({
      accepted: false,
      seen: expect.stringMatching(/^READONLY/),
    });
    expect(await pair.a.ask('CONFIG', 'GET', 'min-replicas-to-write')).toEqual([
      'min-replicas-to-write',
      '0',
    ]);
  });

  it('fault 12: the old one refuses writes after a restart too, and after another', async () => {
    await engine.fence(a, planned);
    for (const _ of [1, 2]) {
      await pair.a.signal('SIGKILL');
      await expect.poll(() => isDead(pair.a), patient).toBe(true);
      await pair.a.start();
      expect(await probe(a)).toMatchObject({
        accepted: false,
        seen: expect.stringMatching(/^NOREPLICAS/),
      });
    }
  });

  it('fault 9: what was fenced is given back with the settings it had, and writes', async () => {
    await pair.a.ask('CONFIG', 'SET', 'min-replicas-to-write', '1');
    await pair.a.ask('CONFIG', 'SET', 'min-replicas-max-lag', '0');
    await engine.fence(a, planned);
    await engine.fence(a, planned);
    expect(await writes(a)).toBe(false);
    await engine.unfence(a, signal);
    expect(await writes(a)).toBe(true);
    expect(await pair.a.ask('CONFIG', 'GET', 'min-replicas-*')).toEqual(
      expect.arrayContaining(['min-replicas-to-write', '1', 'min-replicas-max-lag', '0']),
    );
    expect(await readFile(pair.a.control.config, 'utf8')).toMatch(/^min-replicas-to-write 1$/m);
  });

  it('fault 11: a transaction that is open across the fence does not commit', async () => {
    const socket = connect(pair.port, pair.a.address);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined).resume();
    const { username, password } = new URL(pair.application);
    socket.write(`AUTH ${username} ${password}\r\nMULTI\r\nSET ledger:open 1\r\n`);
    await expect.poll(async () => (await stateOf(a)).sessions, patient).toBe(1);
    await engine.fence(a, planned);
    await closed;
    expect(await pair.a.ask('GET', 'ledger:open')).toBeNull();
  });

  it('a frozen replica is given up soon: nothing is promoted by force', async () => {
    const { stopPosition } = await engine.fence(a, planned);
    await pair.b.signal('SIGSTOP');
    await expect(catchUp(stopPosition)).rejects.toThrow('no answer within 2 s');
    await engine.unfence(a, signal);
    expect(await writes(a)).toBe(true);
    await pair.b.signal('SIGCONT');
    expect((await stateOf(b)).role).toBe('replica');
  });

  it('fault 15: when the answer to the promotion is lost, the role decides', async () => {
    const proxy = await loseAnswerTo('REPLICAOF');
    const { url } = b;
    const behind = {
      ...b,
      url: url.replace(`${pair.b.address}:${pair.port}`, `127.0.0.1:${proxy.port}`),
    };
    expect(await engine.promote(behind, call)).toMatchObject({ already: false });
    expect(proxy.lost()).toBe(1);
    expect((await stateOf(b)).role).toBe('primary');
    proxy.close();
  });

  it('a promotion in the socket of a frozen replica does not come after the roll back', async () => {
    const { password } = new URL(b.url);
    const socket = connect(pair.port, pair.b.address);
    socket.on('error', () => undefined).resume();
    const answered = new Promise((resolve) => socket.once('data', resolve));
    socket.write(`AUTH ${password}\r\n`);
    await answered;
    await pair.b.signal('SIGSTOP');
    await new Promise<void>((resolve) => socket.end('REPLICAOF NO ONE\r\n', resolve));
    await engine.withdrawPromotion?.(b, signal);
    await untilFollows(pair.b);
    await engine.withdrawPromotion?.(b, signal);
    await pair.b.ask('REPLICAOF', 'NO', 'ONE');
    await expect(engine.withdrawPromotion?.(b, signal)).rejects.toMatchObject({
      code: 'PAST_NO_RETURN',
    });
  });

  /** Passes everything, until it has passed this word: then the connection ends. */
  async function loseAnswerTo(word: string) {
    const port = await freePort();
    let lost = 0;
    const server = createServer((client) => {
      const upstream = connect(pair.port, pair.b.address);
      for (const socket of [client, upstream]) socket.on('error', () => undefined);
      upstream.pipe(client);
      client.on('close', () => upstream.end());
      client.on('data', (bytes) => {
        const isIt = bytes.includes(word);
        if (isIt) upstream.unpipe(client);
        upstream.write(bytes, () => {
          if (!isIt) return;
          lost += 1;
          upstream.once('data', () => client.destroy());
        });
      });
    }).listen(port, '127.0.0.1');
    return { port, lost: () => lost, close: () => server.close() };
  }
});

describe('what stands in the way of a change of Redis', () => {
  const findings = () => engine.preflight({ source: a, target: b }, signal);

  it('is found before it begins: no file, no disk, no replicas, a user that is not known', async () => {
    await pair.b.ask('CONFIG', 'SET', 'min-replicas-to-write', '1');
    await pair.b.ask('CONFIG', 'SET', 'appendonly', 'no');
    await pair.b.ask('ACL', 'DELUSER', 'app');
    await pair.b.ask('CONFIG', 'SET', 'replica-read-only', 'no');
    const found = (await findings()).join('\n');
    expect(found).toContain('b keeps nothing on disk');
    expect(found).toContain('b: min-replicas-to-write is 1');
    expect(found).toContain('b does not know user app on');
    expect(found).toContain('b: replica-read-only is off');
  });

  it('an administrator that may not promote is one', async () => {
    await pair.b.ask('ACL', 'SETUSER', 'half', 'on', '>half', '~*', '+@all', '-replicaof');
    const half = { ...b, url: `redis://half:half@${pair.b.address}:${pair.port}` };
    const found = await engine.preflight({ source: a, target: half }, signal);
    expect(found).toContain('b: its administrator may not REPLICAOF NO');
  });

  it('a refusal that proves nothing is no proof: the probe says which key it may not write', async () => {
    await pair.a.ask('ACL', 'SETUSER', 'app', 'resetkeys', '~ledger:*');
    await expect(probe(a)).rejects.toMatchObject({ code: 'PROBE_NOT_ALLOWED' });
    const named = `${pair.application}/0?probe=ledger:probe`;
    expect(await engine.probeWrite(named, a, signal)).toMatchObject({ accepted: true });
    expect(await pair.a.ask('DBSIZE')).toBe(0);
  });

  it('fault 36: a Sentinel is seen at both nodes', async () => {
    await pair.sentinel();
    const manager = async (node: ClusterNode) => `${(await stateOf(node)).managedBy}`;
    await expect.poll(() => manager(a), patient).toMatch(/^Sentinel \(sentinel-/);
    await expect.poll(() => manager(b), patient).toMatch(/^Sentinel/);
  });
});

describe('a forced change of Redis', () => {
  it('fault 1: after SIGKILL whoever starts it gets a fenced one, and what the replica lacks is counted', async () => {
    await fill(1, 20);
    await expect.poll(() => pair.b.ask('GET', 'ledger:20'), patient).toBe('value 20');
    await pair.b.ask('REPLICAOF', '127.0.0.1', '1');
    await fill(21, 25);
    await pair.a.ask('EVAL', "redis.call('SET','ledger:x',1) redis.call('SET','ledger:y',2)", '0');
    await pair.a.signal('SIGKILL');
    expect(await engine.fence(a, forced)).toMatchObject({ lasts: true });
    const { complete, received } = await catchUp();
    expect(complete).toBe(true);
    const nodes = { source: a, target: b };
    const loss = await engine.measureLoss(nodes, { forkPosition: received }, signal);
    expect(loss).toMatchObject({ transactions: 6 });
    expect(loss.lost.slice(0, 5)).toEqual([21, 22, 23, 24, 25].map((id) => `SET ledger:${id}`));
    expect(loss.lost[5]).toBe('SET ledger:x; SET ledger:y');
    expect(JSON.stringify(loss)).not.toContain('value');
    const promotion = await engine.promote(b, call);
    await pair.a.start();
    expect(await writes(a)).toBe(false);
    const rebuilt = await engine.rebuild(nodes, call);
    expect(rebuilt).toMatchObject({ method: 'clone', streaming: true });
    expect(rebuilt.notes).toEqual([`what it held is kept in ${pair.a.data}/holdfast-old`]);
    expect(await pair.a.ask('GET', 'ledger:21')).toBeNull();
    expect((await engine.measureLoss(nodes, promotion, signal)).bytes).toBeNull();
  });

  it('fault 2: a frozen primary is unreachable, not heard of by its replica, and killed', async () => {
    await pair.a.signal('SIGSTOP');
    expect(await engine.observe(a, 2, signal)).toMatchObject({ reachable: false });
    expect((await stateOf(b)).streaming).toBe(true);
    await expect.poll(async () => (await stateOf(b)).streaming, patient).toBe(false);
    const { actions } = await engine.fence(a, forced);
    expect(actions).toEqual(['its file refuses every write', 'killed: it did not stop']);
    expect(await isDead(pair.a)).toBe(true);
    expect(await writes(a)).toBe(false);
  });

  it('a frozen primary whose processes are not found at `data` is not fenced', async () => {
    await pair.a.signal('SIGSTOP');
    const data = `${pair.a.data}/appendonlydir`;
    const control = { ...pair.a.control, stop: ['false'], data };
    const moved = { ...a, control: openControl({ local: control }) };
    await expect(engine.fence(moved, forced)).rejects.toMatchObject({ code: 'FENCE_FAILED' });
    const lost = { ...b, control: moved.control };
    await pair.b.signal('SIGSTOP');
    await expect(engine.withdrawPromotion?.(lost, signal)).rejects.toMatchObject({
      code: 'PROMOTION_PENDING',
    });
  });

  it('one without an append-only file is not started again: its replica would forget', async () => {
    await pair.a.signal('SIGKILL');
    await engine.fence(a, forced);
    await engine.unfence(a, signal);
    expect(await writes(a)).toBe(true);
    await pair.a.ask('CONFIG', 'SET', 'appendonly', 'no');
    await pair.a.ask('CONFIG', 'REWRITE');
    await pair.a.signal('SIGKILL');
    await engine.fence(a, forced);
    await expect(engine.unfence(a, signal)).rejects.toMatchObject({ code: 'UNFENCE_FAILED' });
  });

  it('where the replica has no append-only file the loss cannot be told', async () => {
    await fill(1, 3);
    await pair.a.signal('SIGKILL');
    const blind = { ...b, control: undefined };
    const nodes = { source: a, target: blind };
    const loss = await engine.measureLoss(nodes, { forkPosition: '' }, signal);
    expect(loss).toEqual({
      method: 'b: no way to its files is configured',
      bytes: null,
      transactions: null,
      lost: [],
    });
  });

  it('an old primary that somebody opened again is told by its offset', async () => {
    await fill(1, 3);
    const { stopPosition } = await engine.fence(a, planned);
    await catchUp(stopPosition);
    const promotion = await engine.promote(b, call);
    await engine.unfence(a, signal);
    await fill(4, 6);
    const loss = await engine.measureLoss({ source: a, target: b }, promotion, signal);
    expect(loss.bytes).toBeGreaterThan(60);
    expect(loss.transactions).toBeNull();
    await engine.fence(a, planned);
    const rebuilt = await engine.rebuild({ source: a, target: b }, call);
    expect(rebuilt.method).toBe('clone');
    await untilFollows(pair.a);
    expect(await pair.a.ask('GET', 'ledger:6')).toBeNull();
  });

  it('an invented line at the end of its file is another server’s business, the last one counts', async () => {
    await appendFile(pair.a.control.config, 'min-replicas-to-write 2\n');
    await pair.a.signal('SIGKILL');
    await engine.fence(a, forced);
    await engine.fence(a, forced);
    const text = await readFile(pair.a.control.config, 'utf8');
    expect(text.match(/^min-replicas-to-write \d+$/gm)).toEqual([
      'min-replicas-to-write 2',
      'min-replicas-to-write 1000000002',
    ]);
  });
});
