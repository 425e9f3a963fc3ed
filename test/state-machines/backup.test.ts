import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NotifyEvent } from '../../src/core/contracts/functions.ts';
import {
  createRunner,
  type FunctionHandler,
  type Journal,
  openJournal,
  type Runner,
  type TaskOutcome,
} from '../../src/runner/index.ts';
import { localFunctions, localSubstitutions, readMachines } from '../../src/wiring/machines.ts';

let folder: string;
let journal: Journal;
let runner: Runner;
let tasks: Record<string, TaskOutcome[]>;
let functions: Record<'plan' | 'verify' | 'retain' | 'notify', () => unknown>;
/** What was called, in order. */
let calls: string[];
let notified: NotifyEvent[];

const plan = {
  due: true,
  source: 'shop',
  reason: '',
  copies: false,
  dump: { source: 'shop', policy: 'daily', method: 'full', parent: null },
  retry: { attempts: 3, waitSeconds: 0 },
  task: { roleArn: 'local', cpu: '1024', memory: '2048', spot: false },
};
const done = { outcome: 'good', backupId: '20261121T020000Z-daily-1a2b3c4d' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  journal = openJournal(join(folder, 'journal.sqlite'), { now: () => new Date() });
  [calls, notified, tasks] = [[], [], {}];
  functions = {
    plan: () => plan,
    verify: () => done,
    retain: () => ({ more: false }),
    notify: () => ({}),
  };
  const handler =
    (name: keyof typeof functions): FunctionHandler =>
    async (event) => {
      calls.push(name);
      if (name === 'notify') notified.push(event as unknown as NotifyEvent);
      return functions[name]();
    };
  runner = createRunner({
    machines: await readMachines(),
    substitutions: localSubstitutions,
    functions: {
      [localFunctions.plan]: handler('plan'),
      [localFunctions.verify]: handler('verify'),
      [localFunctions.retain]: handler('retain'),
      [localFunctions.notify]: handler('notify'),
      [localFunctions.health]: handler('notify'),
    },
    tasks: {
      async run({ environment }) {
        const verb = String(environment['HOLDFAST_VERB']);
        calls.push(verb);
        expect(environment['HOLDFAST_EXECUTION']).toBe('run-1');
        expect(JSON.parse(String(environment['HOLDFAST_INPUT']))).toMatchObject({ source: 'shop' });
        return tasks[verb]?.shift() ?? { exitCode: 0 };
      },
      endOrphan: () => Promise.resolve(),
    },
    journal,
  });
});
afterEach(async () => {
  await runner.close(0);
  journal.close();
  await rm(folder, { recursive: true });
});

async function backup() {
  const { id } = await runner.start('backup', { source: 'shop' }, { name: 'run-1' });
  return runner.wait(id);
}
const failure = (exitCode: number) => ({ exitCode, reason: '{"code":"X"}' });

test('plans, dumps, verifies, retains and tells', async () => {
  expect(await backup()).toMatchObject({ status: 'SUCCEEDED', output: done });
  expect(calls).toEqual(['plan', 'dump', 'verify', 'retain', 'notify']);
  expect(notified[0]).toMatchObject({
    machine: 'backup',
    outcome: 'good',
    input: { source: 'shop' },
  });
});

test('a run that another has claimed is skipped', async () => {
  functions.plan = () => ({ ...plan, due: false });
  const { status, output } = await backup();
  expect([status, output]).toEqual(['SUCCEEDED', { outcome: 'skipped', backupId: null }]);
  expect(calls).toEqual(['plan']);
});

test('exit status 75 is tried again', async () => {
  tasks['dump'] = [failure(75), failure(75)];
  expect((await backup()).status).toBe('SUCCEEDED');
  expect(calls.filter((call) => call === 'dump')).toHaveLength(3);
});

test('not for ever', async () => {
  tasks['dump'] = [failure(75), failure(75), failure(75), failure(75)];
  const { status, error, cause } = await backup();
  expect([status, error]).toEqual(['FAILED', 'States.TaskFailed']);
  expect(cause).toContain('"ExitCode":75');
  expect(calls.filter((call) => call === 'dump')).toHaveLength(3);
});

test('any other failure is told at once, with its step, error and cause', async () => {
  tasks['dump'] = [failure(1)];
  expect((await backup()).status).toBe('FAILED');
  expect(calls).toEqual(['plan', 'dump', 'notify']);
  expect(notified[0]).toMatchObject({
    outcome: 'failed',
    step: 'Dump',
    failure: { Error: 'States.TaskFailed', Cause: expect.stringContaining('"ExitCode":1') },
  });
});

test('a task that never ran is told as such', async () => {
  tasks['dump'] = [{ reason: 'ENOENT' }];
  expect(await backup()).toMatchObject({
    status: 'FAILED',
    cause: expect.stringContaining('TaskFailedToStart'),
  });
});

test('a set that does not pass is a failed backup', async () => {
  functions.verify = () => {
    throw Object.assign(new Error('{"code":"BACKUP_DAMAGED"}'), { name: 'IntegrityError' });
  };
  expect(await backup()).toMatchObject({ status: 'FAILED', error: 'IntegrityError' });
  expect(notified[0]).toMatchObject({ step: 'Verify backup', outcome: 'failed' });
});

test('a copy that fails leaves the backup good, and is told', async () => {
  functions.plan = () => ({ ...plan, copies: true });
  tasks['copy'] = [failure(1)];
  expect(await backup()).toMatchObject({ status: 'SUCCEEDED', output: done });
  expect(calls).toEqual(['plan', 'dump', 'verify', 'copy', 'retain', 'notify']);
  expect(notified[0]).toMatchObject({
    outcome: 'good',
    copyFailure: { Error: 'States.TaskFailed' },
  });
});

test('retention comes again while there is more', async () => {
  const answers = [{ more: true }, { more: true }, { more: false }];
  functions.retain = () => answers.shift();
  expect((await backup()).status).toBe('SUCCEEDED');
  expect(calls.filter((call) => call === 'retain')).toHaveLength(3);
});

test('retention that fails leaves the backup good, and is told', async () => {
  functions.retain = () => {
    throw new Error('no');
  };
  expect(await backup()).toMatchObject({ status: 'SUCCEEDED', output: done });
  expect(notified[0]).toMatchObject({ retentionFailure: { Error: 'Error' } });
});

test('nobody to tell changes nothing', async () => {
  functions.notify = () => {
    throw new Error('no');
  };
  expect(await backup()).toMatchObject({ status: 'SUCCEEDED', output: done });
});

test('nor does it hide why a backup failed', async () => {
  functions.notify = () => {
    throw new Error('no');
  };
  tasks['dump'] = [failure(13)];
  expect(await backup()).toMatchObject({
    status: 'FAILED',
    error: 'States.TaskFailed',
    cause: expect.stringContaining('"ExitCode":13'),
  });
});
