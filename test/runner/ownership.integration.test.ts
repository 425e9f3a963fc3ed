import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createRunner, createTaskLauncher, openJournal } from '../../src/runner/index.ts';
import { identify } from '../../src/runner/processes/identity.ts';
import { machineOf } from './run-machine.ts';

const program = (name: string) => fileURLToPath(new URL(`./programs/${name}`, import.meta.url));

/** A task that goes on for a minute unless it is ended, and says when it begins and ends. */
const longTask = (sideFile: string, takes = '60000') => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::ecs:runTask.sync',
  Arguments: {
    TaskDefinition: 'append',
    Overrides: {
      ContainerOverrides: [
        {
          Environment: [
            { Name: 'SIDE_FILE', Value: sideFile },
            { Name: 'STEP', Value: 'long' },
            { Name: 'TAKES', Value: takes },
          ],
        },
      ],
    },
  },
  End: true,
});

async function openPlace() {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-own-'));
  const sideFile = join(directory, 'side.txt');
  const machineFile = join(directory, 'held.asl.json');
  const machine = { QueryLanguage: 'JSONata', ...machineOf({ Long: longTask(sideFile) }) };
  writeFileSync(machineFile, JSON.stringify(machine));
  const journal = openJournal(join(directory, 'journal.db'), { now: () => new Date() });
  const runner = createRunner({
    machines: { held: JSON.stringify(machine) },
    substitutions: {},
    functions: {},
    journal,
    tasks: createTaskLauncher({
      argv: [process.execPath, program('append-task.ts')],
      environment: { PATH: process.env['PATH'] },
      graceMilliseconds: 500,
    }),
  });
  const side = () => (existsSync(sideFile) ? readFileSync(sideFile, 'utf8') : '');
  const begun = async (times: number) => {
    while (side().split('begin').length - 1 < times) await sleep(10);
  };
  return {
    directory,
    journal,
    runner,
    side,
    begun,
    taskPids: () => journal.tasks.load('one').map(({ process: task }) => task?.pid ?? 0),
    hold: () => hold(directory, machineFile),
    [Symbol.asyncDispose]: async () => {
      await runner.close();
      journal.close();
      rmSync(directory, { recursive: true });
    },
  };
}

async function hold(directory: string, machineFile: string) {
  const child = spawn(
    process.execPath,
    [program('hold-execution.ts'), directory, machineFile, 'one'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  const kill = async () => {
    child.kill('SIGKILL');
    await closed;
  };
  return { child, kill, output: () => output, closed: () => closed };
}

describe('an execution of another process', () => {
  it('that lives is not resumed', async () => {
    await using place = await openPlace();
    const holder = await place.hold();
    await expect(place.runner.resume('one')).rejects.toMatchObject({
      code: 'EXECUTION_HELD',
      exitCode: 11,
    });
    expect(await place.runner.resumeDead()).toEqual([]);
    expect(await place.runner.abortDead('held', () => true)).toEqual([]);
    await place.begun(1);
    await place.runner.stop('one', { cause: 'test over' });
    await holder.closed();
  });

  it('that lives is stopped by it, its task first', async () => {
    await using place = await openPlace();
    const holder = await place.hold();
    await place.begun(1);
    const [pid = 0] = place.taskPids();
    const record = await place.runner.stop('one', { cause: 'no longer wanted' });
    await holder.closed();
    expect(record).toMatchObject({ status: 'ABORTED', cause: 'no longer wanted' });
    expect(holder.output()).toBe('ready\nABORTED');
    expect(identify(pid)).toBeUndefined();
    expect(place.side()).not.toContain('end');
    expect(place.runner.history('one').at(-1)?.type).toBe('ExecutionAborted');
  });

  it('that died is resumed after its orphan was ended', async () => {
    await using place = await openPlace();
    const holder = await place.hold();
    await place.begun(1);
    const [orphan = 0] = place.taskPids();
    await holder.kill();
    expect(identify(orphan)).toBeDefined();
    const [record] = await place.runner.resumeDead();
    expect(record).toMatchObject({ id: 'one', status: 'RUNNING', resumes: 1 });
    expect(identify(orphan)).toBeUndefined();
    await place.begun(2);
    expect(place.runner.history('one').map(({ type }) => type)).toContain('ExecutionResumed');
    await place.runner.stop('one', { cause: 'test over' });
  });

  it('that died is found by its mark when its process was not recorded', async () => {
    await using place = await openPlace();
    const holder = await place.hold();
    await place.begun(1);
    const [orphan = 0] = place.taskPids();
    await holder.kill();
    const [task] = place.journal.tasks.load('one');
    place.journal.tasks.save({ execution: 'one', scope: '' }, { mark: task?.mark ?? '' });
    await place.runner.stop('one', { cause: 'test over' });
    expect(identify(orphan)).toBeUndefined();
  });

  it('that died is ended by stop', async () => {
    await using place = await openPlace();
    const holder = await place.hold();
    await place.begun(1);
    const [orphan = 0] = place.taskPids();
    await holder.kill();
    const record = await place.runner.stop('one', { cause: 'no longer wanted' });
    expect(record).toMatchObject({ status: 'ABORTED', cause: 'no longer wanted' });
    expect(identify(orphan)).toBeUndefined();
  });

  it('that died is told apart by what it was started with', async () => {
    await using place = await openPlace();
    const holder = await place.hold();
    await place.begun(1);
    await holder.kill();
    const sourceIs = (source: string) => (record: { input: unknown }) =>
      (record.input as { source: string }).source === source;
    expect(await place.runner.abortDead('held', sourceIs('uploads'))).toEqual([]);
    const [aborted] = await place.runner.abortDead('held', sourceIs('orders'), 'a new one starts');
    expect(aborted).toMatchObject({ id: 'one', status: 'ABORTED', cause: 'a new one starts' });
  });

  it('is waited for until it ends, and given up when its process dies', async () => {
    await using place = await openPlace();
    const holder = await place.hold();
    const waiting = place.runner.wait('one');
    waiting.catch(() => undefined);
    await place.begun(1);
    await holder.kill();
    await expect(waiting).rejects.toMatchObject({ code: 'EXECUTION_ORPHANED' });
    await place.runner.stop('one', { cause: 'test over' });
  });
});

describe('a runner that closes', () => {
  it('ends its task and leaves the execution to be resumed', async () => {
    await using place = await openPlace();
    await place.runner.start('held', {}, { name: 'one' });
    await place.begun(1);
    const [pid = 0] = place.taskPids();
    await place.runner.close();
    expect(identify(pid)).toBeUndefined();
    expect(place.runner.describe('one').status).toBe('RUNNING');
    await place.runner.resume('one');
    await place.begun(2);
    expect(place.runner.describe('one').resumes).toBe(1);
    await place.runner.stop('one', { cause: 'test over' });
  });
});
