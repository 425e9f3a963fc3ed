import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Recorder, startRecorder } from '../../../bench/recorded/record-runs.ts';
import { at, type RecordedRun, recorded } from '../../../src/core/cost/recorded.ts';

const stale = 'recorded.json is out of date: run `npm run bench record`';
const input = { source: 'plain', policy: 'full' };

let recorder: Recorder;
let second: RecordedRun;
let third: RecordedRun;

beforeAll(async () => {
  recorder = await startRecorder({});
  await recorder.grow('plain', 1);
  await recorder.record('backup', input);
  second = await recorder.record('backup', input);
  third = await recorder.record('backup', input);
});
afterAll(() => recorder?.close());

const shape = ({
  transitions,
  events,
  functions,
  tasks,
}: Pick<RecordedRun, 'transitions' | 'events' | 'functions' | 'tasks'>) => ({
  ...{ transitions, events, functions, tasks },
});

describe('what is recorded is what runs need', () => {
  test('a backup', () => {
    expect(shape(second), stale).toEqual(shape(recorded.full));
    expect(shape(third), stale).toEqual(shape(recorded.full));
  });

  test.each(['put', 'get'] as const)(
    'requests billed as %s of a backup, within a twentieth',
    (kind) => {
      const [before, now] = [at(recorded.full[kind], 1), at(recorded.full[kind], 2)];
      expect(Math.abs(second[kind] - before), stale).toBeLessThanOrEqual(2 + before / 20);
      expect(Math.abs(third[kind] - now), stale).toBeLessThanOrEqual(2 + now / 20);
    },
  );

  test('a drill and a health check', async () => {
    const drill = await recorder.record('drill', { source: 'plain' });
    expect(shape(drill), stale).toEqual(shape(recorded.drill));
    await recorder.record('health', {});
    const health = await recorder.record('health', {});
    expect(shape(health), stale).toEqual(shape(recorded.health));
    const expected = at(recorded.health.get, 3);
    expect(Math.abs(health.get - expected), stale).toBeLessThanOrEqual(6 + expected / 10);
  });

  test('a schedule with one run', async () => {
    const run = await recorder.record('scheduled', {
      expression: 'cron(0 3 * * ? *)',
      timezone: 'UTC',
      scheduledTime: '2026-11-21T03:00:00Z',
    });
    const { transitions, events } = recorded.scheduled;
    expect(run.transitions, stale).toBe(transitions.base + transitions.perRun);
    expect(run.events, stale).toBe(events.base + events.perRun);
  });
});
