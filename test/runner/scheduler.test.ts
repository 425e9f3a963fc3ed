import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/canonical-json.ts';
import { parseSchedule } from '../../src/core/schedule.ts';
import { createScheduler, type ScheduledRun } from '../../src/runner/scheduler.ts';
import { jumpingClock, machineOf, openRunner } from './run-machine.ts';

const done = machineOf({ Done: { Type: 'Succeed' } });
const pending = machineOf({ Hold: { Type: 'Wait', Seconds: 3600, End: true } });

/** Waits in this clock never end: executions stay where they are. */
const frozenClock = (start: string) => {
  let time = new Date(start);
  return {
    now: () => time,
    set: (at: string) => {
      time = new Date(at);
    },
    sleep: (_: number, signal: AbortSignal) =>
      new Promise<void>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  };
};

function scheduled(
  name: string,
  expression: string,
  {
    timezone = 'UTC',
    source = name,
    ...more
  }: Partial<ScheduledRun> & Record<string, unknown> = {},
): ScheduledRun {
  return {
    name,
    schedule: parseSchedule(expression, String(timezone)),
    machine: 'machine',
    input: (time) => ({ source: String(source), scheduledTime: time.toISOString() }),
    overlaps: ({ input }) => (input as { source: string }).source === source,
    ...more,
  };
}

interface Setup {
  readonly start: string;
  readonly schedules: readonly ScheduledRun[];
  readonly machine?: object;
  readonly concurrency?: number;
}

function open({ start, schedules, machine = done, concurrency = 4 }: Setup) {
  const clock = frozenClock(start);
  const opened = openRunner({ machine }, { clock });
  const { runner, journal } = opened;
  const scheduler = createScheduler({ runner, journal, schedules, clock, concurrency });
  const at = async (time: string) => {
    clock.set(time);
    await scheduler.tick();
    await Promise.all(machine === done ? runner.list().map(({ id }) => runner.wait(id)) : []);
  };
  const times = () => scheduledTimes(runner.list().map(({ input }) => input));
  return { ...opened, scheduler, at, times };
}

const scheduledTimes = (inputs: Json[]) =>
  inputs.map((input) => (input as { scheduledTime: string }).scheduledTime).sort();

describe('the scheduler', () => {
  it('starts a run at its time, once', async () => {
    await using s = open({
      start: '2026-11-21T01:00:00Z',
      schedules: [scheduled('orders-daily', 'cron(0 2 * * ? *)')],
    });
    await s.at('2026-11-21T01:59:59Z');
    expect(s.times()).toEqual([]);
    await s.at('2026-11-21T02:00:00Z');
    await s.at('2026-11-21T02:00:05Z');
    expect(s.times()).toEqual(['2026-11-21T02:00:00.000Z']);
  });

  it('catches up the latest of the missed runs, once', async () => {
    await using s = open({
      start: '2026-11-18T12:00:00Z',
      schedules: [scheduled('orders-daily', 'cron(0 2 * * ? *)')],
    });
    await s.at('2026-11-18T12:00:00Z');
    await s.at('2026-11-21T09:00:00Z');
    await s.at('2026-11-21T09:00:05Z');
    expect(s.times()).toEqual(['2026-11-21T02:00:00.000Z']);
  });

  it('takes a schedule that nobody has seen as missing nothing', async () => {
    await using s = open({
      start: '2026-11-21T09:00:00Z',
      schedules: [scheduled('orders-daily', 'cron(0 2 * * ? *)')],
    });
    await s.at('2026-11-21T09:00:00Z');
    expect(s.times()).toEqual([]);
  });

  it('catches up after the journal was lost, by what is known elsewhere', async () => {
    const lastRun = async () => new Date('2026-11-20T02:00:00Z');
    await using s = open({
      start: '2026-11-21T09:00:00Z',
      schedules: [scheduled('orders-daily', 'cron(0 2 * * ? *)', { lastRun })],
    });
    await s.at('2026-11-21T09:00:00Z');
    expect(s.times()).toEqual(['2026-11-21T02:00:00.000Z']);
  });

  it('does not repeat a start whose remembering was lost', async () => {
    await using s = open({
      start: '2026-11-21T01:00:00Z',
      schedules: [scheduled('orders-daily', 'cron(0 2 * * ? *)')],
    });
    await s.at('2026-11-21T01:00:00Z');
    await s.at('2026-11-21T02:00:00Z');
    s.journal.slots.remember('orders-daily', new Date('2026-11-20T02:00:00Z'));
    await s.at('2026-11-21T02:00:10Z');
    expect(s.times()).toEqual(['2026-11-21T02:00:00.000Z']);
    expect(s.scheduler.state().queued).toEqual([]);
  });

  it('starts nothing when the clock is set back', async () => {
    await using s = open({
      start: '2026-11-21T01:00:00Z',
      schedules: [scheduled('orders-hourly', 'rate(1 hour)')],
    });
    await s.at('2026-11-21T01:30:00Z');
    await s.at('2026-11-21T02:00:00Z');
    await s.at('2026-11-20T20:00:00Z');
    expect(s.times()).toEqual(['2026-11-21T02:00:00.000Z']);
  });

  // EventBridge Scheduler user guide, "Schedule types", daylight saving: a time that is skipped
  // does not run; one that comes twice runs once.
  it('passes over a time that spring skips in Paris', async () => {
    await using s = open({
      start: '2026-03-28T12:00:00Z',
      schedules: [scheduled('paris', 'cron(30 2 * * ? *)', { timezone: 'Europe/Paris' })],
    });
    for (const time of everyHalfHour('2026-03-28T12:00:00Z', 48)) await s.at(time);
    expect(s.times()).toEqual(['2026-03-30T00:30:00.000Z']);
  });

  it('runs once at a time that autumn repeats in Paris', async () => {
    await using s = open({
      start: '2026-10-24T12:00:00Z',
      schedules: [scheduled('paris', 'cron(30 2 * * ? *)', { timezone: 'Europe/Paris' })],
    });
    for (const time of everyHalfHour('2026-10-24T12:00:00Z', 48)) await s.at(time);
    expect(s.times()).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']);
  });

  it('keeps runs of one source apart, and the queue to its limit', async () => {
    await using s = open({
      start: '2026-11-21T01:00:00Z',
      machine: pending,
      concurrency: 2,
      schedules: [
        scheduled('orders-daily', 'cron(0 2 * * ? *)', { source: 'orders' }),
        scheduled('orders-hourly', 'cron(0 2 * * ? *)', { source: 'orders' }),
        scheduled('uploads-daily', 'cron(0 2 * * ? *)', { source: 'uploads' }),
        scheduled('mail-daily', 'cron(0 2 * * ? *)', { source: 'mail' }),
      ],
    });
    await s.at('2026-11-21T01:00:00Z');
    await s.at('2026-11-21T02:00:00Z');
    const started = () => s.runner.list().map(({ id }) => id.replace(/-\d{8}T.*/, ''));
    expect(started().sort()).toEqual(['orders-daily', 'uploads-daily']);
    expect(s.scheduler.state().queued).toEqual(['orders-hourly', 'mail-daily']);
    await s.runner.stop('uploads-daily-20261121T020000Z', { cause: 'test' });
    await s.at('2026-11-21T02:00:05Z');
    expect(started()).toContain('mail-daily');
    await s.runner.stop('orders-daily-20261121T020000Z', { cause: 'test' });
    await s.at('2026-11-21T02:00:10Z');
    expect(started()).toContain('orders-hourly');
    expect(s.scheduler.state().queued).toEqual([]);
  });

  it('says which schedule cannot start, and starts the others', async () => {
    await using s = open({
      start: '2026-11-21T01:00:00Z',
      schedules: [
        scheduled('broken', 'cron(0 2 * * ? *)', { machine: 'nowhere' }),
        scheduled('orders-daily', 'cron(0 2 * * ? *)'),
      ],
    });
    await s.at('2026-11-21T01:00:00Z');
    await s.at('2026-11-21T02:00:00Z');
    expect(s.times()).toEqual(['2026-11-21T02:00:00.000Z']);
    expect(s.scheduler.state().error).toMatchObject({ code: 'MACHINE_NOT_FOUND' });
  });

  it('looks again and again until it is told to stop', async () => {
    const clock = jumpingClock('2026-11-21T01:59:00Z');
    await using opened = openRunner({ machine: done }, { clock });
    const ending = new AbortController();
    const { runner, journal } = opened;
    const scheduler = createScheduler({
      runner,
      journal,
      clock,
      concurrency: 1,
      schedules: [scheduled('orders-daily', 'cron(0 2 * * ? *)')],
      onEvent: ({ kind }) => kind === 'started' && ending.abort(),
    });
    await scheduler.run(ending.signal);
    expect(clock.now().toISOString()).toBe('2026-11-21T02:00:00.000Z');
  });
});

function everyHalfHour(from: string, hours: number): string[] {
  const start = Date.parse(from);
  return Array.from({ length: hours * 2 }, (_, index) =>
    new Date(start + index * 1_800_000).toISOString(),
  );
}
