import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PlanEvent, ScheduledPlan } from '../../src/core/contracts/functions.ts';
import { dueRuns, timedRuns } from '../../src/core/scheduled-runs.ts';
import {
  createRunner,
  type FunctionHandler,
  type Journal,
  openJournal,
  type Runner,
} from '../../src/runner/index.ts';
import { localFunctions, localSubstitutions, readMachines } from '../../src/wiring/machines.ts';

const timing = { expression: 'rate(1 hour)', timezone: 'UTC' };
const scheduledTime = '2026-11-21T02:00:00Z';
const input = { ...timing, scheduledTime };

const sourceNamed = (name: string) =>
  [
    name,
    {
      engine: 'files',
      after: [],
      policies: { hourly: { schedule: timing.expression, timezone: 'UTC' } },
    },
  ] as const;

let folder: string;
let journal: Journal;
let runner: Runner;
let names: string[];
let plan: Partial<ScheduledPlan>;
/** Sources whose backup was planned, in order; and how many ran at the same time at most. */
let planned: string[];
let running: number;
let most: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  journal = openJournal(join(folder, 'journal.sqlite'), { now: () => new Date() });
  [names, planned, plan, running, most] = [['a', 'bad', 'c'], [], {}, 0, 0];
  const planFunction: FunctionHandler = async (given) => {
    const event = given as unknown as PlanEvent;
    if (event.for !== 'scheduled') return planOne((event.input as { source: string }).source);
    const sources = Object.fromEntries(names.map(sourceNamed));
    const runs = dueRuns(timedRuns(sources), event.input, new Date(event.input.scheduledTime));
    return { due: runs.length, runs, list: null, concurrency: 2, ...plan };
  };
  runner = createRunner({
    machines: await readMachines(),
    substitutions: localSubstitutions,
    functions: {
      [localFunctions.plan]: planFunction,
      [localFunctions.notify]: async () => ({}),
    },
    tasks: { run: async () => ({}), endOrphan: async () => undefined },
    // A retry waits for a random part of its delay: here for none.
    random: () => 0,
    journal,
  });
});
afterEach(async () => {
  await runner.close(0);
  journal.close();
  await rm(folder, { recursive: true });
});

/** A backup that is not due ends at once. */
async function planOne(source: string) {
  planned.push(source);
  running += 1;
  most = Math.max(most, running);
  await new Promise((resolve) => setTimeout(resolve, 20));
  running -= 1;
  if (source === 'bad') throw new Error('no such database');
  return { due: false };
}

async function fire(name: string, given: object = input) {
  const { id } = await runner.start('scheduled', JSON.parse(JSON.stringify(given)), { name });
  return runner.wait(id);
}

test('a source that fails stops no other, and is told of by its own execution', async () => {
  expect(await fire('first')).toMatchObject({
    status: 'SUCCEEDED',
    output: { due: 3, started: 3, failed: 1 },
  });
  expect(planned.toSorted()).toEqual(['a', 'bad', 'c']);
  const nested = runner.describe('backup-a-hourly-20261121T020000Z');
  expect(nested).toMatchObject({
    parent: 'first',
    input: { source: 'a', policy: 'hourly', scheduledTime: '2026-11-21T02:00:00.000Z' },
  });
  expect(runner.describe('backup-bad-hourly-20261121T020000Z').status).toBe('FAILED');
});

test('a schedule delivered twice starts nothing twice', async () => {
  await fire('first');
  expect(await fire('second')).toMatchObject({
    status: 'SUCCEEDED',
    output: { due: 3, started: 3, failed: 0 },
  });
  expect(planned).toHaveLength(3);
});

test('no more run at a time than planned', async () => {
  names = ['a', 'b', 'c', 'd', 'e', 'f'];
  expect((await fire('first')).status).toBe('SUCCEEDED');
  expect(most).toBe(2);
});

test('a time at which nothing is due is done at once', async () => {
  names = [];
  expect(await fire('first')).toMatchObject({
    status: 'SUCCEEDED',
    output: { due: 0, started: 0, failed: 0 },
  });
});

test('what could not be started fails the execution, as nobody else can tell', async () => {
  names = ['a'];
  const run = { machine: 'backup', name: 'not a name', input: { source: 'a' } } as const;
  plan = { due: 2, runs: [run, { ...run, name: 'backup-a' }] };
  const { status, error, cause } = await fire('first');
  expect([status, error]).toEqual(['FAILED', 'RunsNotStarted']);
  expect(cause).toMatch(/^1 of 2 runs started\./);
  expect(planned).toEqual(['a']);
});

test('a list in a bucket is for Step Functions alone', async () => {
  plan = { due: 101, runs: [], list: { bucket: 'acme', key: 'results/first/runs.json' } };
  expect(await fire('first')).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause: expect.stringContaining('Run the list is a Distributed Map'),
  });
});
