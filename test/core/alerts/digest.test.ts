import { describe, expect, test } from 'vitest';
import {
  type DigestLine,
  digestMessage,
  digestStateSchema,
  dueDigest,
  recordDigest,
} from '../../../src/core/alerts/index.ts';
import { rpoStatus } from '../../../src/core/objectives.ts';

const config = { at: '08:00', timezone: 'Europe/Paris', to: ['ops', 'boss'] };
const at = (text: string) => new Date(text);
const had = (ops: string, boss: string) => ({ format: 1 as const, sent: { ops, boss } });

describe('dueDigest', () => {
  const yesterday = '2026-11-20T07:00:00.000Z';

  test('is due at its hour in its time zone', () => {
    const state = had(yesterday, yesterday);
    expect(dueDigest(config, state, at('2026-11-21T06:59:59Z'))).toBeUndefined();
    expect(dueDigest(config, state, at('2026-11-21T07:00:00Z'))).toEqual({
      at: at('2026-11-21T07:00:00Z'),
      channels: ['ops', 'boss'],
    });
  });

  test('is due only to the channels that have not had it', () => {
    const state = had('2026-11-21T07:00:00.000Z', yesterday);
    expect(dueDigest(config, state, at('2026-11-21T07:05:00Z'))?.channels).toEqual(['boss']);
  });

  test('several missed ones are caught up by one', () => {
    const state = had('2026-11-01T07:00:00.000Z', '2026-11-01T07:00:00.000Z');
    expect(dueDigest(config, state, at('2026-11-21T12:00:00Z'))?.at).toEqual(
      at('2026-11-21T07:00:00Z'),
    );
  });

  test('a channel seen for the first time waits for the next', () => {
    expect(dueDigest(config, undefined, at('2026-11-21T12:00:00Z'))).toBeUndefined();
  });
});

test('who took it is recorded; who did not is due again; who is new waits', () => {
  const state = {
    format: 1 as const,
    sent: { ops: '2026-11-20T07:00:00.000Z', gone: '2026-11-20T07:00:00.000Z' },
  };
  const next = recordDigest({ ...config, to: ['ops', 'boss', 'late'] }, state, {
    at: at('2026-11-21T07:00:00Z'),
    channels: ['boss'],
  });
  expect(digestStateSchema.parse(next).sent).toEqual({
    ops: '2026-11-20T07:00:00.000Z',
    boss: '2026-11-21T07:00:00.000Z',
    late: '2026-11-21T07:00:00.000Z',
    gone: '2026-11-20T07:00:00.000Z',
  });
});

test('the first record lets every channel wait', () => {
  const first = recordDigest(config, undefined, { at: at('2026-11-21T12:00:00Z'), channels: [] });
  expect(first.sent).toEqual({ ops: '2026-11-21T12:00:00.000Z', boss: '2026-11-21T12:00:00.000Z' });
  expect(dueDigest(config, first, at('2026-11-22T06:00:00Z'))).toBeUndefined();
  expect(dueDigest(config, first, at('2026-11-22T07:00:00Z'))?.channels).toEqual(['ops', 'boss']);
});

describe('digestMessage', () => {
  const now = at('2026-11-21T07:00:00Z');
  const line = (source: string, fields: Partial<DigestLine> = {}): DigestLine => ({
    source,
    rpo: rpoStatus({ rpo: '26h', newestVerifiedAt: at('2026-11-21T02:00:00Z'), now }),
    sets: 12,
    storedBytes: 3 * 1024 ** 3,
    newestDrillAt: at('2026-11-15T05:00:00Z'),
    problems: [],
    ...fields,
  });

  test('has a line for every source', () => {
    const stale = rpoStatus({ rpo: '1h', newestVerifiedAt: undefined, now });
    const message = digestMessage(
      [
        line('orders'),
        line('uploads', { rpo: stale, newestDrillAt: undefined, sets: 0, storedBytes: 0 }),
        line('config', { problems: ['Copy of config to west failed'] }),
      ],
      { scope: 'v1', at: now },
    );
    expect(message).toMatchObject({
      event: 'digest',
      status: 'info',
      title: 'Backups: 1 of 3 sources good, 2 need attention',
      command: 'holdfast status',
      at: now,
    });
    expect(message.detail.split('\n')).toEqual([
      'orders: good: verified 5h ago; drilled 2026-11-15; 12 sets, 3.0 GiB',
      'uploads: STALE: nothing verified; never drilled; 0 sets, 0 B',
      'config: PROBLEM: verified 5h ago; drilled 2026-11-15; 12 sets, 3.0 GiB; Copy of config to west failed',
    ]);
    expect(message.impact).toContain('uploads: RPO 1h: there is no verified backup');
  });

  test('counts one as one', () => {
    const message = digestMessage([line('orders', { sets: 1, problems: ['x'] })], {
      scope: 'v1',
      at: now,
    });
    expect(message.title).toContain('1 needs attention');
    expect(message.detail).toContain('1 set, 3.0 GiB');
  });

  test('says nothing of sets and drills where only the newest sets were looked at', () => {
    const sparse = line('orders', { sets: undefined, storedBytes: undefined });
    const { detail } = digestMessage([sparse], { scope: 'v1', at: now });
    expect(detail).toMatch(/^orders: good: verified [^;]+$/);
  });

  test('says so when nothing is wrong', () => {
    const message = digestMessage([line('orders')], { scope: 'v1', at: now });
    expect(message.title).toBe('Backups: 1 of 1 sources good, nothing needs attention');
    expect(message.impact).toBe('');
  });
});
