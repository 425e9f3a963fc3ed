import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTaskLauncher, type LauncherOptions } from '../../src/runner/index.ts';
import { identify, type ProcessIdentity } from '../../src/runner/processes/identity.ts';
import { machineOf, runMachine } from './run-machine.ts';

const program = fileURLToPath(new URL('./programs/scripted-task.ts', import.meta.url));
let directory: string;
let sideFile: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-task-'));
  sideFile = join(directory, 'side.txt');
});
afterEach(() => rmSync(directory, { recursive: true }));

const launcher = (options: Partial<LauncherOptions> = {}) =>
  createTaskLauncher({
    argv: [process.execPath, program],
    environment: { PATH: process.env['PATH'] },
    graceMilliseconds: 300,
    ...options,
  });

async function run(does: string, options: Partial<LauncherOptions> = {}, ending?: AbortSignal) {
  const seen = { started: undefined as ProcessIdentity | undefined };
  const outcome = await launcher(options).run({
    mark: 'an-execution/1',
    environment: { TASK_DOES: does, SIDE_FILE: sideFile },
    signal: ending ?? new AbortController().signal,
    onStarted: (process) => {
      seen.started = process;
    },
  });
  return { outcome, ...seen };
}

const pids = () => readFileSync(sideFile, 'utf8').split(' ').map(Number);

describe('a task', () => {
  it('that succeeds has status 0, its progress passed on', async () => {
    const progress: unknown[] = [];
    const { outcome, started } = await run('succeed', {
      onProgress: (line) => progress.push(line),
    });
    expect(outcome).toEqual({ exitCode: 0 });
    expect(started).toMatchObject({
      pid: expect.any(Number),
      started: expect.stringMatching(/^\d+$/),
    });
    expect(progress).toEqual([{ message_type: 'progress', done: 1 }]);
  });

  it('sees its own variables, its mark and what it was given, nothing else', async () => {
    await run('tell environment', { environment: { GIVEN: 'yes' } });
    const environment = JSON.parse(readFileSync(sideFile, 'utf8'));
    expect(
      Object.keys(environment)
        .filter((name) => !name.startsWith('__'))
        .sort(),
    ).toEqual(['GIVEN', 'HOLDFAST_TASK', 'SIDE_FILE', 'TASK_DOES']);
  });

  it('that fails gives the error it reported as the reason', async () => {
    const lines: string[] = [];
    const { outcome } = await run('report an error', { onLog: (line) => lines.push(line) });
    expect(outcome).toEqual({ exitCode: 75, reason: '{"name":"SourceError","code":"GONE"}' });
    expect(lines).toHaveLength(3);
  });

  it('that dies silently has its status alone', async () => {
    expect((await run('die silently')).outcome).toEqual({ exitCode: 3 });
  });

  it('that is killed has 128 and the signal, and its last words', async () => {
    expect((await run('crash')).outcome).toEqual({ exitCode: 137, reason: 'out of luck' });
  });

  it('that cannot start has no status', async () => {
    const { outcome } = await run('succeed', { argv: ['/nowhere/at/all'] });
    expect(outcome.exitCode).toBeUndefined();
    expect(outcome.reason).toContain('ENOENT');
  });

  it('that ignores SIGTERM is killed with all its group after the grace', async () => {
    const ending = new AbortController();
    const running = run('ignore SIGTERM with a child', {}, ending.signal);
    while (!existsSync(sideFile) || pids().length < 2) await sleep(10);
    await sleep(200);
    ending.abort();
    const begun = performance.now();
    expect((await running).outcome.exitCode).toBe(137);
    expect(performance.now() - begun).toBeGreaterThan(250);
    expect(pids().map(identify)).toEqual([undefined, undefined]);
  });

  it('that leaves a daemon of another session behind is cleaned up after', async () => {
    expect((await run('leave a daemon behind')).outcome).toEqual({ exitCode: 0 });
    expect(pids().map(identify)).toEqual([undefined, undefined]);
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
describe('Task with ecs:runTask.sync', () => {
  const ecs = (does: string, fields: object = { End: true }) =>
    machineOf({
      Dump: {
        Type: 'Task',
        Resource: 'arn:aws:states:::ecs:runTask.sync',
        Arguments: {
          Cluster: 'a-cluster',
          TaskDefinition: 'a-definition',
          Overrides: {
            ContainerOverrides: [
              { Name: 'dump', Environment: [{ Name: 'TASK_DOES', Value: does }] },
            ],
          },
        },
        ...fields,
      },
    });
  const runEcs = (does: string, fields?: object, options: Partial<LauncherOptions> = {}) =>
    runMachine(ecs(does, fields), { options: { tasks: launcher(options) } });

  it('gives one task in the words of ECS', async () => {
    const { record } = await runEcs('succeed');
    expect(record.output).toMatchObject({
      ClusterArn: 'a-cluster',
      Containers: [{ Name: 'dump', ExitCode: 0, LastStatus: 'STOPPED' }],
      LastStatus: 'STOPPED',
      StopCode: 'EssentialContainerExited',
      StoppedReason: 'Essential container in task exited',
      TaskArn: expect.stringMatching(/^arn:aws:ecs:/),
      TaskDefinitionArn: 'a-definition',
    });
  });

  it('fails with States.TaskFailed, the task as text its Cause', async () => {
    const { record, history } = await runEcs('report an error');
    expect(record).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    const [container] = JSON.parse(record.cause ?? '').Containers;
    expect(container).toMatchObject({ ExitCode: 75, Name: 'dump' });
    expect(JSON.parse(container.Reason)).toEqual({ name: 'SourceError', code: 'GONE' });
    expect(history.map(({ type }) => type)).toContain('TaskFailed');
  });

  it('has no ExitCode when the container never ran', async () => {
    const { record } = await runEcs('succeed', { End: true }, { argv: ['/nowhere/at/all'] });
    const task = JSON.parse(record.cause ?? '');
    expect(task.StopCode).toBe('TaskFailedToStart');
    expect(task.Containers[0]).not.toHaveProperty('ExitCode');
  });

  it('is ended when it times out, and no retry starts beside it', async () => {
    const clock = { now: () => new Date(), sleep: (ms: number) => sleep(ms) };
    const { record } = await runMachine(
      machineOf({
        Dump: {
          ...(ecs('ignore SIGTERM with a child') as { States: { Dump: object } }).States.Dump,
          End: undefined,
          TimeoutSeconds: 1,
          Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Late' }],
          Next: 'Late',
        },
        Late: { Type: 'Succeed', Output: '{% $states.input.Error %}' },
      }),
      {
        options: {
          clock,
          tasks: launcher({ environment: { PATH: process.env['PATH'], SIDE_FILE: sideFile } }),
        },
      },
    );
    expect(record.output).toBe('States.Timeout');
    expect(pids().map(identify)).toEqual([undefined, undefined]);
  });
});
