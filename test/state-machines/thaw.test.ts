import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NotifyEvent, PlanEvent, ThawState } from '../../src/core/contracts/functions.ts';
import {
  createRunner,
  type FunctionHandler,
  type Journal,
  openJournal,
  type Runner,
} from '../../src/runner/index.ts';
import { localFunctions, localSubstitutions, readMachines } from '../../src/wiring/machines.ts';
import { jumpingClock } from '../runner/run-machine.ts';

const since = '2026-11-21T02:00:00.000Z';
const input = { source: 'shop', backupId: 'b', from: 'primary', retrieval: 'standard', since };
const waiting = { ready: false, since, waitSeconds: 900, detail: 'readable by 07:00.', input };
const task = { roleArn: 'local', cpu: '1024', memory: '2048', spot: false };
const ready = { ...waiting, ready: true, waitSeconds: 0 };

let folder: string;
let journal: Journal;
let runner: Runner;
let clock: ReturnType<typeof jumpingClock>;
let states: (ThawState | Error)[];
let calls: string[];
let notified: NotifyEvent[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  clock = jumpingClock();
  journal = openJournal(join(folder, 'journal.sqlite'), { now: clock.now });
  [calls, notified, states] = [[], [], []];
  const plan: FunctionHandler = async (given) => {
    const event = given as unknown as PlanEvent;
    calls.push(event.for);
    const thaw = states.shift();
    if (thaw instanceof Error) throw thaw;
    if (event.for !== 'thaw') return { backupId: 'b', task, thaw, restore: input, drill: input };
    expect(event.input).toEqual(input);
    return thaw;
  };
  const notify: FunctionHandler = async (event) => {
    notified.push(event as unknown as NotifyEvent);
    calls.push(`notify ${notified.at(-1)?.outcome}`);
    return {};
  };
  runner = createRunner({
    machines: await readMachines(),
    substitutions: localSubstitutions,
    functions: { [localFunctions.plan]: plan, [localFunctions.notify]: notify },
    tasks: {
      run: async ({ environment }) => {
        calls.push(String(environment['HOLDFAST_VERB']));
        return { exitCode: 0 };
      },
      endOrphan: async () => undefined,
    },
    journal,
    clock,
    random: () => 0,
  });
});
afterEach(async () => {
  await runner.close(0);
  journal.close();
  await rm(folder, { recursive: true });
});

async function run(machine: 'restore' | 'drill') {
  const { id } = await runner.start(machine, { source: 'shop' });
  return runner.wait(id);
}

test.for(['restore', 'drill'] as const)(
  '%s goes on at once where all can be read',
  async (verb) => {
    states = [ready];
    expect((await run(verb)).status).toBe('SUCCEEDED');
    expect(calls).toEqual([verb, verb, 'notify good']);
  },
);

test.for(['restore', 'drill'] as const)(
  '%s waits for what lies in an archive tier, says so once, and looks again',
  async (verb) => {
    states = [waiting, waiting, waiting, ready];
    const { id, status } = await run(verb);
    expect(status).toBe('SUCCEEDED');
    const looks = ['thaw', 'thaw', 'thaw'];
    expect(calls).toEqual([verb, 'notify waiting', ...looks, verb, 'notify good']);
    expect(notified[0]).toMatchObject({ machine: verb, waitsFor: 'readable by 07:00.' });
    const elapsed = clock.now().getTime() - Date.parse(since);
    expect(elapsed).toBeGreaterThanOrEqual(3 * 900_000);
    const history = JSON.stringify(runner.history(id));
    expect(history).toContain('readable by 07:00.');
  },
);

test('a bucket that refuses fails the restore with what it said', async () => {
  const refusal = Object.assign(new Error('{"code":"STORE_DENIED"}'), { name: 'StoreError' });
  states = [waiting, refusal];
  expect(await run('restore')).toMatchObject({ status: 'FAILED', error: 'StoreError' });
  expect(notified.at(-1)).toMatchObject({ outcome: 'failed', step: 'Look at the thaw' });
});
