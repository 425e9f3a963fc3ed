import { expect, test } from 'vitest';
import { rpoStatus } from '../../../src/core/objectives.ts';
import { sendDigest, testChannels } from '../../../src/pipeline/notify/index.ts';
import { createWorld, refused, titles } from './notifier.ts';

/** The world begins at 02:00 UTC. */
const config = { at: '03:00', timezone: 'UTC', to: ['ops', 'oncall'] };

function linesOf(asked: { times: number }) {
  return async () => {
    asked.times += 1;
    const now = new Date('2026-11-21T03:00:00Z');
    const rpo = rpoStatus({ rpo: '1d', newestVerifiedAt: now, now });
    return [{ source: 'orders', rpo, sets: 1, storedBytes: 1, problems: [] }];
  };
}

test('goes out once a day, and only then looks at the sources', async () => {
  const world = createWorld();
  const asked = { times: 0 };
  for (const clock of [0, 30, 61, 66, 24 * 60 + 59]) {
    world.clock = clock;
    await sendDigest(config, linesOf(asked), world.notifier);
  }
  expect(asked.times).toBe(1);
  expect(titles(world.ops)).toEqual(['Backups: 1 of 1 sources good, nothing needs attention']);
  world.clock = 25 * 60;
  expect(await sendDigest(config, linesOf(asked), world.notifier)).toEqual({
    delivered: 2,
    failed: [],
  });
});

test('a channel that did not take it gets it at the next call, the others do not', async () => {
  const world = createWorld();
  await sendDigest(config, linesOf({ times: 0 }), world.notifier);
  world.clock = 61;
  world.oncall.failure = refused();
  const first = await sendDigest(config, linesOf({ times: 0 }), world.notifier);
  expect(first).toMatchObject({ delivered: 1, failed: [{ channel: 'oncall' }] });
  world.oncall.failure = undefined;
  world.clock = 66;
  await sendDigest(config, linesOf({ times: 0 }), world.notifier);
  expect([world.ops.taken.length, world.oncall.taken.length]).toEqual([1, 1]);
});

test('a test message goes to every channel, and says which did not take it', async () => {
  const world = createWorld();
  world.pager.failure = refused();
  expect(await testChannels(world.notifier)).toEqual([
    { channel: 'ops', kind: 'recording' },
    { channel: 'oncall', kind: 'recording' },
    { channel: 'pager', kind: 'recording', error: 'slack: the receiver answered 404' },
  ]);
  expect(world.ops.taken[0]).toMatchObject({ event: 'test', status: 'info' });
});
