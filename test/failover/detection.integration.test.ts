/** `holdfast serve` beside a cluster whose primary is killed: it begins a failover where that is allowed, and only then. */
import type { ChildProcess } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { beginTrial, checkWorld, endTrial, type Trial, wholeLab } from './invariants.ts';
import { type FailoverLab, otherOf } from './lab.ts';

let lab: FailoverLab;
let trial: Trial;
beforeEach(async () => {
  lab = await wholeLab(lab);
  trial = await beginTrial(lab);
});
afterEach(() => lab?.stopWriting());
afterAll(() => lab?.close());

const detection = { failures: 2, every: '1s' };
const automatic = {
  detection: { ...detection, automatic: true },
  approval: { required: false },
  budget: { seconds: 60, bytes: 16_777_216 },
};

/** Until `stop`, which gives what it said. */
async function serve(folder = '.'): Promise<{ readonly stop: () => Promise<string> }> {
  let child: ChildProcess | undefined;
  const config = join(folder, 'holdfast.yaml');
  const words = ['--config', config, 'serve', '--port', '0', '--grace', '60'];
  const done = lab.holdfast(words, {
    during: (started) => {
      child = started;
    },
  });
  const said = new Promise<void>((heard) => {
    child?.stderr?.on('data', (bytes: Buffer) => bytes.includes('serving') && heard());
  });
  await Promise.race([said, done]);
  return {
    stop: async () => {
      child?.kill('SIGTERM');
      return (await done).stderr;
    },
  };
}

const newest = async () => (await lab.reports()).filter(({ epoch }) => epoch > trial.epoch).at(-1);

test('a killed primary is failed over once, whoever watches, and clients write again', async () => {
  await lab.configure(automatic);
  const elsewhere = join(lab.folder, 'elsewhere');
  await mkdir(elsewhere, { recursive: true });
  await copyFile(join(lab.folder, 'holdfast.yaml'), join(elsewhere, 'holdfast.yaml'));
  const [daemon, other] = await Promise.all([serve(), serve(elsewhere)]);
  const { from } = await lab.sides();
  await from.signal('SIGKILL');
  await expect.poll(newest, { timeout: 60_000, interval: 100 }).toBeDefined();
  expect(await newest()).toMatchObject({ outcome: 'succeeded', mode: 'forced' });
  await lab.untilWritten(5);
  const { from: next } = await lab.sides();
  await next.signal('SIGKILL');
  await sleep(5000);
  expect(await lab.epoch()).toBe(trial.epoch + 1);
  await next.ctl('start');
  const said = await Promise.all([daemon.stop(), other.stop()]);
  expect(said.join().match(/its primary is down\n/g)?.length, said.join()).toBeLessThanOrEqual(2);
  expect(said.join()).toMatch(/orders: its primary is down; a forced failover was begun/);
  await checkWorld(lab, trial);
  await endTrial(lab, trial);
  expect(await lab.primary()).toBe(otherOf(trial.primary));
});

test('without leave nothing is begun; nor where a replica alone is cut off', async () => {
  await lab.configure({ detection });
  const daemon = await serve();
  const { from, to } = await lab.sides();
  await to.ctl('stop');
  await sleep(4000);
  await to.ctl('start');
  await from.signal('SIGKILL');
  await sleep(6000);
  await from.ctl('start');
  expect(await daemon.stop()).toMatch(/orders: its primary is down\n/);
  expect(await lab.epoch()).toBe(trial.epoch);
  await checkWorld(lab, trial);
  expect(await endTrial(lab, trial)).toEqual([]);
  expect(await lab.primary()).toBe(trial.primary);
});
