import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../src/core/schedule.ts';
import {
  type ScheduledRun,
  type ServeOptions,
  serve,
  systemClock,
} from '../../src/runner/index.ts';
import { invoke, machineOf, openRunner } from './run-machine.ts';

const everyMinute: ScheduledRun = {
  name: 'backup-orders-daily',
  schedule: parseSchedule('rate(1 minute)'),
  machine: 'backup',
  input: (time) => ({ source: 'orders', scheduledTime: time.toISOString() }),
  overlaps: () => true,
  lastRun: async () => new Date(0),
};
const backup = machineOf({ Plan: invoke('plan', { Output: { outcome: 'good' }, End: true }) });

async function start(options: Partial<ServeOptions> = {}, plan: () => unknown = () => 1) {
  const opened = openRunner(
    { backup },
    { clock: systemClock(), functions: { plan: async () => plan() } },
  );
  const ending = new AbortController();
  const { runner, journal } = opened;
  const serving = await serve({
    runner,
    journal,
    schedules: [everyMinute],
    port: 0,
    concurrency: 2,
    graceMilliseconds: 0,
    signal: ending.signal,
    ...options,
  });
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${serving.port}${path}`);
    return { status: response.status, text: await response.text() };
  };
  const stop = async () => {
    ending.abort();
    await serving.done;
  };
  return { ...opened, serving, get, stop };
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
};

describe('serve', () => {
  it('runs what is due, counts it, and stops when it is told to', async () => {
    await using s = await start({
      registerMetrics: (registry) => registry.setDefaultLabels({ site: 'test' }),
    });
    await until(() => s.runner.list({ status: 'SUCCEEDED' }).length === 1);
    const health = await s.get('/health');
    expect(health.status).toBe(200);
    expect(JSON.parse(health.text)).toMatchObject({
      status: 'ok',
      checks: { scheduler: { ok: true }, journal: { ok: true } },
    });
    const { text } = await s.get('/metrics');
    expect(text).toMatch(
      /holdfast_executions_total\{machine="backup",source="orders",status="SUCCEEDED",outcome="good",site="test"\} 1/,
    );
    expect(text).toMatch(
      /holdfast_last_success_timestamp_seconds\{machine="backup",source="orders",[^}]*\} 1\d{9}/,
    );
    expect(text).toMatch(
      /holdfast_schedule_next_run_timestamp_seconds\{schedule="backup-orders-daily"/,
    );
    expect((await s.get('/else')).status).toBe(404);
    await s.stop();
    await expect(s.get('/health')).rejects.toThrow();
  });

  it('answers 503 with what is wrong', async () => {
    await using s = await start({
      schedules: [{ ...everyMinute, machine: 'nowhere' }],
      checks: {
        vault: () => Promise.reject(new Error('the vault is gone')),
        disk: async () => ({ ok: true, detail: '9 GiB free' }),
      },
    });
    const { status, text } = await s.get('/health');
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({
      status: 'failing',
      checks: {
        scheduler: { ok: false, detail: expect.stringContaining('nowhere') },
        vault: { ok: false, detail: 'the vault is gone' },
        disk: { ok: true },
      },
    });
    await s.stop();
  });

  it('leaves what still runs after the grace to be resumed', async () => {
    await using s = await start({ graceMilliseconds: 50 }, () => new Promise(() => undefined));
    await until(() => s.runner.list({ status: 'RUNNING' }).length === 1);
    await s.stop();
    expect(s.runner.list().map(({ status }) => status)).toEqual(['RUNNING']);
  });

  it('takes a changed configuration', async () => {
    await using s = await start({ schedules: [] });
    s.serving.reload([{ ...everyMinute, name: 'changed' }]);
    expect((await s.get('/metrics')).text).toContain('schedule="changed"');
    await s.stop();
  });

  it('says so when its port is in use', async () => {
    await using first = await start({ schedules: [] });
    await expect(start({ port: first.serving.port, schedules: [] })).rejects.toMatchObject({
      code: 'SERVE_PORT',
      message: expect.stringContaining('in use'),
    });
    await first.stop();
  });
});
