import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { ownIdentity } from '../../src/runner/processes/identity.ts';
import { invoke, type jumpingClock, machineOf, openRunner } from './run-machine.ts';

const hold = machineOf({ Hold: invoke('hold', { End: true }) });
const functions = { hold: () => new Promise<never>(() => undefined) };
const done = machineOf({ Done: { Type: 'Succeed' } });

// API reference, StartExecution: idempotent for Standard workflows
describe('starting by name', () => {
  it('gives the running execution for the same name and input', async () => {
    await using opened = openRunner({ hold }, { functions });
    const first = await opened.runner.start('hold', { a: 1, b: 2 }, { name: 'one' });
    const second = await opened.runner.start('hold', { b: 2, a: 1 }, { name: 'one' });
    expect(second.startedAt).toBe(first.startedAt);
    expect(opened.runner.list()).toHaveLength(1);
  });

  it('refuses another input, and a name that has ended', async () => {
    await using opened = openRunner({ hold, done }, { functions });
    await opened.runner.start('hold', { a: 1 }, { name: 'one' });
    const other = opened.runner.start('hold', { a: 2 }, { name: 'one' });
    await expect(other).rejects.toMatchObject({ code: 'EXECUTION_EXISTS' });
    await opened.runner.wait((await opened.runner.start('done', {}, { name: 'two' })).id);
    const again = opened.runner.start('done', {}, { name: 'two' });
    await expect(again).rejects.toMatchObject({ code: 'EXECUTION_EXISTS', exitCode: 2 });
  });

  it.each(['', 'a b', 'a/b', 'x'.repeat(81)])('refuses the name "%s"', async (name) => {
    await using opened = openRunner({ done });
    await expect(opened.runner.start('done', {}, { name })).rejects.toMatchObject({
      code: 'EXECUTION_NAME',
    });
  });

  it('mints a name that tells the machine and the time', async () => {
    await using opened = openRunner({ done });
    const { id } = await opened.runner.start('done', {});
    expect(id).toMatch(/^done-20261121T020000Z-[0-9a-f]{8}$/);
  });

  it('refuses an unknown machine and names those there are', async () => {
    await using opened = openRunner({ done });
    await expect(opened.runner.start('dome', {})).rejects.toThrow(/no state machine dome.*done/);
  });
});

describe('what was started', () => {
  it('is listed, newest first, by machine and status', async () => {
    await using opened = openRunner({ hold, done }, { functions });
    await opened.runner.start('hold', {}, { name: 'one' });
    await opened.runner.wait((await opened.runner.start('done', {}, { name: 'two' })).id);
    const ids = (filter: object) => opened.runner.list(filter).map(({ id }) => id);
    expect(ids({})).toEqual(['two', 'one']);
    expect(ids({ machine: 'hold' })).toEqual(['one']);
    expect(ids({ status: 'SUCCEEDED' })).toEqual(['two']);
    expect(ids({ limit: 1 })).toEqual(['two']);
  });

  it('has a history whose events are numbered and timed', async () => {
    await using opened = openRunner({ done });
    await opened.runner.wait((await opened.runner.start('done', { a: 1 }, { name: 'two' })).id);
    expect(opened.runner.history('two')).toEqual([
      {
        id: 1,
        time: '2026-11-21T02:00:00.000Z',
        scope: '',
        type: 'ExecutionStarted',
        details: { input: { a: 1 } },
      },
      {
        id: 2,
        time: '2026-11-21T02:00:00.000Z',
        scope: '',
        type: 'SucceedStateEntered',
        details: { name: 'Done', input: { a: 1 } },
      },
      {
        id: 3,
        time: '2026-11-21T02:00:00.000Z',
        scope: '',
        type: 'SucceedStateExited',
        details: { name: 'Done', output: { a: 1 } },
      },
      {
        id: 4,
        time: '2026-11-21T02:00:00.000Z',
        scope: '',
        type: 'ExecutionSucceeded',
        details: { output: { a: 1 } },
      },
    ]);
  });

  it('is stopped with a cause', async () => {
    await using opened = openRunner({ hold }, { functions });
    await opened.runner.start('hold', {}, { name: 'one' });
    const record = await opened.runner.stop('one', { cause: 'not now' });
    expect(record).toMatchObject({ status: 'ABORTED', cause: 'not now' });
    expect(await opened.runner.stop('one', { cause: 'again' })).toEqual(record);
  });

  it('that is unknown is a usage error', async () => {
    await using opened = openRunner({ done });
    expect(() => opened.runner.describe('nope')).toThrow(/no execution nope/);
    await expect(opened.runner.stop('nope', { cause: '' })).rejects.toMatchObject({ exitCode: 2 });
  });

  it('is told to listeners when it ends', async () => {
    await using opened = openRunner({ done });
    const ended: string[] = [];
    const forget = opened.runner.onEnded(({ id, status }) => ended.push(`${id} ${status}`));
    await opened.runner.wait((await opened.runner.start('done', {}, { name: 'one' })).id);
    forget();
    await opened.runner.wait((await opened.runner.start('done', {}, { name: 'two' })).id);
    expect(ended).toEqual(['one SUCCEEDED']);
  });
});

describe('an execution of another machine', () => {
  const elsewhere = { machine: 'another/host', boot: 'b', pid: 7, started: '9' };
  const give = async (opened: ReturnType<typeof openRunner>) => {
    const clock = opened.clock as ReturnType<typeof jumpingClock>;
    await opened.runner.start('hold', {}, { name: 'one' });
    await opened.runner.close();
    opened.journal.owners.claim('one', ownIdentity(), elsewhere);
    return { pass: (ms: number) => clock.sleep(ms, new AbortController().signal) };
  };

  it('is taken over when its process has been silent for long, not before', async () => {
    await using opened = openRunner({ hold }, { functions });
    const { pass } = await give(opened);
    await pass(9 * 60_000);
    expect(await opened.runner.resumeDead()).toEqual([]);
    await expect(opened.runner.resume('one')).rejects.toMatchObject({ code: 'EXECUTION_HELD' });
    await pass(2 * 60_000);
    expect(await opened.runner.resumeDead()).toMatchObject([{ id: 'one' }]);
  });

  it('is taken over at once by force', async () => {
    await using opened = openRunner({ hold }, { functions });
    await give(opened);
    expect(await opened.runner.resume('one', { force: true })).toMatchObject({ status: 'RUNNING' });
  });

  it('that took ten processes with it is aborted', async () => {
    await using opened = openRunner({ hold }, { functions });
    const { pass } = await give(opened);
    const another = { ...elsewhere, pid: 8 };
    for (let n = 0; n < 5; n += 1) {
      opened.journal.owners.claim('one', elsewhere, another);
      opened.journal.owners.claim('one', another, elsewhere);
    }
    await pass(11 * 60_000);
    expect(await opened.runner.resumeDead()).toEqual([]);
    expect(opened.runner.describe('one')).toMatchObject({
      status: 'ABORTED',
      cause: '10 processes that ran it died',
    });
  });
});

describe('a failure of the runner itself', () => {
  it('ends the execution with States.Runtime', async () => {
    const random = () => {
      throw new Error('no entropy');
    };
    const flaky = machineOf({
      T: invoke('fail', { Retry: [{ ErrorEquals: ['States.ALL'] }], End: true }),
    });
    const fail = () => Promise.reject(new Error('no'));
    await using opened = openRunner({ flaky }, { functions: { fail }, random });
    const { id } = await opened.runner.start('flaky', {});
    expect(await opened.runner.wait(id)).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'no entropy',
    });
  });

  it('to write the journal leaves the execution to be resumed', async () => {
    const go = Promise.withResolvers<void>();
    const step = machineOf({ T: invoke('step', { End: true }) });
    await using opened = openRunner({ step }, { functions: { step: () => go.promise } });
    const { id } = await opened.runner.start('step', {});
    const blocker = new DatabaseSync(opened.journal.path);
    blocker.exec(
      "create trigger full before insert on events begin select raise(abort, 'disk full'); end",
    );
    go.resolve();
    await expect(opened.runner.wait(id)).rejects.toMatchObject({ code: 'JOURNAL_WRITE' });
    expect(opened.runner.describe(id).status).toBe('RUNNING');
    blocker.exec('drop trigger full');
    blocker.close();
    await opened.runner.resume(id);
    expect(await opened.runner.wait(id)).toMatchObject({ status: 'SUCCEEDED', resumes: 1 });
  });
});
