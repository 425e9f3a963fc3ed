import { describe, expect, test } from 'vitest';
import { backupFailed, cleared, raised } from '../../../src/core/alerts/index.ts';
import { StoreError } from '../../../src/core/errors.ts';
import { layout } from '../../../src/core/layout.ts';
import type { Channel } from '../../../src/core/ports/channel.ts';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import { notify, openAlerts, tendAlerts } from '../../../src/pipeline/notify/index.ts';
import { openMemoryStore } from '../../../src/storage/memory/index.ts';
import { createWorld, refused, titles, type World } from './notifier.ts';

const report = { name: 'E', code: 'E', message: 'it broke', exitCode: 1, retryable: false };
const problem = backupFailed({ source: 'orders', impact: 'RPO 1h', execution: 'x1', report });
const broke = raised(problem);
const mended = cleared(problem, { detail: 'The backup is good.', impact: 'RPO 1h: met' });
const sources = new Set(['orders']);

const stored = async ({ store }: World) =>
  JSON.parse(Buffer.from(await store.get(layout.alert('backup.failed.orders'))).toString());

describe('notify', () => {
  test('tells each channel once, then of the recovery', async () => {
    const world = createWorld();
    expect(await notify([broke], world.notifier)).toEqual({ delivered: 2, failed: [] });
    expect(await notify([broke], world.notifier)).toEqual({ delivered: 0, failed: [] });
    world.clock = 10;
    await notify([mended], world.notifier);
    await notify([mended], world.notifier);
    expect(titles(world.ops)).toEqual([
      'Backup of orders failed',
      'Recovered: Backup of orders failed',
    ]);
    expect(titles(world.oncall)).toEqual(titles(world.ops));
    expect(world.pager.taken).toEqual([]);
    expect(await stored(world)).toMatchObject({ status: 'closed', outbox: [] });
  });

  test('commands name the stage of the deployment that tells', async () => {
    const world = createWorld();
    await notify([broke], { ...world.notifier, stage: 'prod' });
    expect(world.ops.taken[0]?.command).toBe('holdfast --stage prod executions show x1');
    expect((await stored(world)).problem.command).toBe('holdfast executions show x1');
  });

  test('a problem that came and went within one call is over', async () => {
    const world = createWorld();
    await notify([broke, mended], world.notifier);
    expect(titles(world.ops)).toEqual(['Recovered: Backup of orders failed']);
  });

  test('a channel that is down fails nothing, holds up no other, and is tried again later', async () => {
    const world = createWorld();
    world.oncall.failure = refused();
    const report = await notify([broke], world.notifier);
    expect(report).toEqual({
      delivered: 1,
      failed: [
        {
          channel: 'oncall',
          title: 'Backup of orders failed',
          error: 'slack: the receiver answered 404',
        },
      ],
    });
    expect((await stored(world)).outbox).toMatchObject([{ channel: 'oncall', attempts: 1 }]);
    world.oncall.failure = undefined;
    expect(await tendAlerts(world.notifier, sources)).toEqual({ delivered: 1, failed: [] });
    expect(titles(world.oncall)).toEqual(['Backup of orders failed']);
    expect(world.ops.attempts).toBe(1);
    expect((await stored(world)).outbox).toEqual([]);
  });

  test('a busy channel is tried three times, one that refuses once', async () => {
    const world = createWorld();
    world.ops.failure = refused(true);
    world.oncall.failure = refused(false);
    await notify([broke], world.notifier);
    expect([world.ops.attempts, world.oncall.attempts]).toEqual([3, 1]);
  });

  test('a channel that asks for a pause gets it', async () => {
    const world = createWorld();
    world.ops.failure = refused(true, 1);
    setTimeout(() => {
      world.ops.failure = undefined;
    }, 500);
    const started = performance.now();
    await notify([broke], world.notifier);
    expect(performance.now() - started).toBeGreaterThan(950);
    expect(world.ops.attempts).toBe(2);
  });

  test('an unexpected error of a channel is told by its name only', async () => {
    const world = createWorld();
    world.ops.failure = new RangeError('https://hooks.example/secret');
    const { failed } = await notify([broke], world.notifier);
    expect(failed).toMatchObject([{ error: 'unexpected RangeError' }]);
    expect(JSON.stringify([await stored(world), world.logged])).not.toContain('secret');
  });

  test('a channel that left the configuration is named', async () => {
    const world = createWorld();
    const notifier = { ...world.notifier, channels: new Map([['ops', world.ops]]) };
    const { failed } = await notify([broke], notifier);
    expect(failed[0]?.error).toBe('no channel "oncall" is configured');
  });
});

describe('a vault that is part of the problem', () => {
  const failing = (verbs: Partial<ObjectStore>): ObjectStore => ({
    ...openMemoryStore(),
    ...verbs,
  });
  const down = () =>
    Promise.reject(new StoreError('the vault is gone', { code: 'STORE_UNREACHABLE' }));

  test('does not hold up the message', async () => {
    const world = createWorld(failing({ get: down, put: down }));
    expect(await notify([broke], world.notifier)).toEqual({ delivered: 2, failed: [] });
    expect(world.logged.join('\n')).toContain('the vault is gone');
  });

  test('is stood in for by the spare memory: told once, and recovered once it is back', async () => {
    const world = createWorld();
    const spare = openMemoryStore();
    const away = { ...world.notifier, store: failing({ get: down, put: down }), spare, scope: '?' };
    await notify([broke], away);
    await notify([broke], away);
    await notify([mended], { ...world.notifier, spare });
    await notify([mended], { ...world.notifier, spare });
    expect(world.ops.taken.map(({ status, dedupKey }) => `${status} ${dedupKey}`)).toEqual([
      'firing ?.backup.failed.orders',
      'resolved ?.backup.failed.orders',
    ]);
    expect(await spare.head(layout.alert('backup.failed.orders'))).toBeUndefined();
    expect(await stored(world)).toMatchObject({ status: 'closed' });
  });

  test('what the spare memory saw last counts, here and in the list', async () => {
    const world = createWorld();
    const spare = openMemoryStore();
    await notify([broke], world.notifier);
    world.clock = 5;
    await notify([mended], { ...world.notifier, store: { ...world.store, put: down }, spare });
    expect(await openAlerts(world.notifier)).toHaveLength(1);
    expect(await openAlerts({ ...world.notifier, spare })).toEqual([]);
    world.clock = 10;
    await notify([broke], world.notifier);
    expect(await openAlerts({ ...world.notifier, spare })).toHaveLength(1);
  });

  test('a damaged state counts as unknown: the alert goes out again', async () => {
    const world = createWorld();
    await notify([broke], world.notifier);
    await world.store.put(layout.alert('backup.failed.orders'), Buffer.from('{"format":'), {
      ifAbsent: false,
    });
    await notify([broke], world.notifier);
    expect(world.ops.taken).toHaveLength(2);
    expect(world.logged[0]).toContain('cannot be read');
  });

  test('a process that died between writing and sending leaves the message to the next', async () => {
    const world = createWorld();
    let writes = 0;
    const dying = failing({
      put: async (...write: Parameters<ObjectStore['put']>) => {
        writes += 1;
        const info = await world.store.put(...write);
        if (writes === 1) throw new Error('killed');
        return info;
      },
    });
    const deaf = new Map(
      [...world.notifier.channels.keys()].map((name) => [
        name,
        { kind: 'deaf', send: () => Promise.reject(new Error('killed')) },
      ]),
    );
    await notify([broke], { ...world.notifier, store: dying, channels: deaf });
    await tendAlerts(world.notifier, sources);
    expect(titles(world.ops)).toEqual(['Backup of orders failed']);
  });
});

describe('tendAlerts', () => {
  test('escalates once what has not recovered in time', async () => {
    const world = createWorld();
    await notify([broke], world.notifier);
    world.clock = 29;
    await tendAlerts(world.notifier, sources);
    expect(world.pager.taken).toEqual([]);
    world.clock = 30;
    await tendAlerts(world.notifier, sources);
    await tendAlerts(world.notifier, sources);
    expect(titles(world.pager)).toEqual(['Not recovered for 30m: Backup of orders failed']);
    await notify([mended], world.notifier);
    expect(titles(world.pager)[1]).toBe('Recovered: Backup of orders failed');
  });

  test('closes the alerts of a source that left the configuration', async () => {
    const world = createWorld();
    await notify([broke], world.notifier);
    expect(await openAlerts(world.notifier)).toHaveLength(1);
    await tendAlerts(world.notifier, new Set(['uploads']));
    expect(await openAlerts(world.notifier)).toEqual([]);
    expect(world.ops.taken[1]?.detail).toContain('no longer in the configuration');
  });

  test('passes over what is not an alert', async () => {
    const world = createWorld();
    await world.store.put(layout.alert('digest'), Buffer.from('{}'), { ifAbsent: false });
    await world.store.put(layout.alert('backup.failed.x'), Buffer.from('{}'), { ifAbsent: false });
    expect(await tendAlerts(world.notifier, sources)).toEqual({ delivered: 0, failed: [] });
  });
});

test('two processes at once: the message is sent, and what the other wrote is kept', async () => {
  const world = createWorld();
  const slow = {
    kind: 'slow',
    send: async () => {
      await notify([mended], { ...world.notifier, channels: new Map([['ops', world.ops]]) });
    },
  };
  const notifier = {
    ...world.notifier,
    channels: new Map<string, Channel>([
      ['ops', world.ops],
      ['oncall', slow],
    ]),
  };
  await notify([broke], notifier);
  expect(titles(world.ops)).toContain('Backup of orders failed');
  expect(await stored(world)).toMatchObject({ status: 'closed' });
  expect((await stored(world)).outbox).toMatchObject([{ channel: 'oncall' }]);
});
