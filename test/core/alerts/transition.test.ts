import { describe, expect, test } from 'vitest';
import {
  type AlertState,
  alertStateSchema,
  applyChange,
  backupFailed,
  cleared,
  copyFailed,
  escalate,
  type Problem,
  raised,
  settle,
  toAlertMessage,
} from '../../../src/core/alerts/index.ts';
import type { Route } from '../../../src/core/config/schema.ts';

const routes: Route[] = [
  { on: ['backup.failed'], to: ['oncall', 'ops'] },
  { on: ['backup.failed', 'copy.failed'], to: ['ops'], escalate: { after: '30m', to: ['pager'] } },
  { on: ['drill.failed'], to: ['elsewhere'] },
];
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 21, 2, minutes));
const context = (minutes: number) => ({ routes, scope: 'v1', now: at(minutes) });

const report = { name: 'E', code: 'E', message: 'it broke', exitCode: 1, retryable: false };
const failed = backupFailed({ source: 'orders', impact: 'RPO 1h', execution: 'x1', report });
const recovered = cleared(failed, { detail: 'The backup is good.', impact: 'RPO 1h: met' });

function must(state: AlertState | undefined): AlertState {
  if (!state) throw new Error('there is no state');
  return alertStateSchema.parse(state);
}
const raise = (state: AlertState | undefined, minutes: number, problem: Problem = failed) =>
  must(applyChange(state, raised(problem), context(minutes)));
const clear = (state: AlertState, minutes: number) =>
  must(applyChange(state, recovered, context(minutes)));
const delivered = (state: AlertState) =>
  settle(
    state,
    state.outbox.map(({ id }) => ({ id })),
    at(0),
  );
const sent = (state: AlertState) =>
  state.outbox.map(({ channel, message }) => `${message.status} ${message.event} → ${channel}`);

describe('a problem that appears', () => {
  test('is told once to every channel of its routes', () => {
    const state = raise(undefined, 0);
    expect(sent(state)).toEqual(['firing backup.failed → oncall', 'firing backup.failed → ops']);
    expect(state.outbox[0]?.message).toMatchObject({
      dedupKey: 'v1.backup.failed.orders',
      severity: 'error',
      title: 'Backup of orders failed',
      impact: 'RPO 1h',
      source: 'orders',
      at: at(0).toISOString(),
    });
  });

  test('is not told again on each run, but counted', () => {
    const state = raise(delivered(raise(undefined, 0)), 10);
    expect(sent(state)).toEqual([]);
    expect(state).toMatchObject({
      occurrences: 2,
      openedAt: at(0).toISOString(),
      lastSeenAt: at(10).toISOString(),
    });
  });

  test('is told to a channel that was routed here since', () => {
    const known = { ...delivered(raise(undefined, 0)), notified: ['ops'] };
    expect(sent(raise(known, 10))).toEqual(['firing backup.failed → oncall']);
  });

  test('without a route it is remembered and not told', () => {
    const state = must(applyChange(undefined, raised(failed), { ...context(0), routes: [] }));
    expect([sent(state), sent(clear(state, 5))]).toEqual([[], []]);
    expect(state.status).toBe('open');
  });

  test('names the destination it is about', () => {
    const copy = copyFailed({
      source: 'orders',
      destination: 'west',
      impact: '',
      execution: 'x',
      report,
    });
    expect(raise(undefined, 0, copy).outbox[0]?.message.fields).toEqual({
      destination: 'west',
      execution: 'x',
      error: 'E',
    });
  });
});

describe('a problem that is gone', () => {
  test('is told to those who heard of it', () => {
    const state = clear(delivered(raise(undefined, 0)), 90);
    expect(sent(state)).toEqual([
      'resolved backup.recovered → oncall',
      'resolved backup.recovered → ops',
    ]);
    expect(state.outbox[0]?.message).toMatchObject({
      title: 'Recovered: Backup of orders failed',
      detail: 'The backup is good. It was open for 1h 30m, since 2026-11-21T02:00:00.000Z.',
      impact: 'RPO 1h: met',
      dedupKey: 'v1.backup.failed.orders',
      severity: 'info',
    });
    expect(state).toMatchObject({ status: 'closed', closedAt: at(90).toISOString() });
  });

  test('takes its undelivered message with it', () => {
    expect(sent(clear(raise(undefined, 0), 5))).toEqual([
      'resolved backup.recovered → oncall',
      'resolved backup.recovered → ops',
    ]);
  });

  test('is news once', () => {
    const state = delivered(clear(raise(undefined, 0), 5));
    expect(applyChange(state, recovered, context(10))).toBe(state);
    expect(applyChange(undefined, recovered, context(10))).toBeUndefined();
  });

  test('is told anew when it comes back, counted from one', () => {
    const state = raise(delivered(clear(raise(undefined, 0), 5)), 20);
    expect(sent(state)).toEqual(['firing backup.failed → oncall', 'firing backup.failed → ops']);
    expect(state).toMatchObject({ occurrences: 1, openedAt: at(20).toISOString(), escalated: [] });
  });

  test('coming back keeps a recovery that is still on its way', () => {
    expect(sent(raise(clear(raise(undefined, 0), 5), 20))[0]).toBe(
      'resolved backup.recovered → oncall',
    );
  });
});

describe('escalation', () => {
  test('happens once, when the problem has lasted as long as its route says', () => {
    const open = delivered(raise(undefined, 0));
    expect(sent(escalate(open, context(29)))).toEqual([]);
    const escalated = escalate(open, context(30));
    expect(sent(escalated)).toEqual(['escalated backup.failed → pager']);
    expect(escalated.outbox[0]?.message).toMatchObject({
      title: 'Not recovered for 30m: Backup of orders failed',
      detail: 'it broke. It is open since 2026-11-21T02:00:00.000Z, times seen: 1.',
    });
    expect(sent(escalate(delivered(escalated), context(60)))).toEqual([]);
  });

  test('does not happen to what has recovered', () => {
    const closed = delivered(clear(raise(undefined, 0), 5));
    expect(escalate(closed, context(60))).toBe(closed);
  });

  test('those it was escalated to hear of the recovery', () => {
    const escalated = delivered(escalate(delivered(raise(undefined, 0)), context(30)));
    expect(sent(clear(escalated, 40))).toContain('resolved backup.recovered → pager');
  });
});

describe('delivery', () => {
  test('what was taken leaves the outbox, what was not stays with the error', () => {
    const state = raise(undefined, 0);
    const [first, second] = state.outbox.map(({ id }) => id);
    const settled = settle(
      state,
      [{ id: String(first) }, { id: String(second), error: 'down' }],
      at(1),
    );
    expect(settled.outbox).toMatchObject([{ channel: 'ops', attempts: 1, lastError: 'down' }]);
  });

  test('what was queued meanwhile is not touched', () => {
    const state = raise(undefined, 0);
    expect(settle(state, [{ id: 'another' }], at(1))).toEqual(state);
  });

  test('a message nobody takes for a week is given up', () => {
    const state = raise(undefined, 0);
    const results = state.outbox.map(({ id }) => ({ id, error: 'down' }));
    expect(settle(state, results, at(8 * 24 * 60)).outbox).toEqual([]);
  });

  test('a stored message becomes the one that channels take', () => {
    const [delivery] = raise(undefined, 0).outbox;
    if (!delivery) throw new Error('the outbox is empty');
    expect(toAlertMessage(delivery.message)).toEqual({ ...delivery.message, at: at(0) });
    const { source: _, ...without } = delivery.message;
    expect(toAlertMessage(without)).not.toHaveProperty('source');
  });
});
