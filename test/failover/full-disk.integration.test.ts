/** Fault 35: the disk of the new primary is full. A small file system of its own, which only root can mount. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { shell } from './breaking.ts';
import { beginTrial, checkWorld, endTrial } from './invariants.ts';
import { FailoverLab } from './lab.ts';

const mayMount = process.getuid?.() === 0;
let lab: FailoverLab;
beforeAll(async () => {
  lab = await FailoverLab.start();
  const { b } = lab.pair;
  if (!mayMount) return;
  await b.ctl('-m', 'fast', 'stop');
  const mount = `mount -t tmpfs -o size=400m,mode=700 tmpfs ${b.data}`;
  const owner = `chown --reference=${b.data}.there ${b.data}`;
  await shell(
    `mv ${b.data} ${b.data}.there && mkdir ${b.data} && ${mount} && ${owner} && cp -a ${b.data}.there/. ${b.data}/`,
  );
  await b.ctl('start');
});
afterEach(() => lab?.stopWriting());
afterAll(async () => {
  await lab?.pair.b.ctl('-m', 'immediate', 'stop').catch(() => undefined);
  if (mayMount) await shell(`umount -l ${lab.pair.b.data}; true`);
  await lab?.close();
});

test.runIf(mayMount)('fault 35: too little room is found before anything is touched', async () => {
  const trial = await beginTrial(lab);
  const { data } = lab.pair.b;
  await shell(`fallocate -l 200m ${data}/filler`);
  const refused = await lab.start();
  await shell(`rm ${data}/filler`);
  expect(refused).toMatchObject({ exitCode: 21, code: 'FAILOVER_NOT_READY' });
  expect(refused.stdout).toContain('MiB free on disk; at least 256');
  await checkWorld(lab, trial);
  expect(await endTrial(lab, trial)).toEqual([]);
  expect(await lab.primary()).toBe('a');
});

test.runIf(mayMount)(
  'fault 35: a disk that fills up in the middle never gets the name',
  async () => {
    const trial = await beginTrial(lab);
    const { b } = lab.pair;
    const fill = `dd if=/dev/zero of=${b.data}/filler bs=64k 2>/dev/null; true`;
    const ran = await lab.start([], { at: 'before promote', do: fill });
    expect(ran.exitCode).not.toBe(0);
    expect(await lab.name()).toBe(trial.name);
    trial.harmed.add('b');
    await checkWorld(lab, trial);
    await shell(`rm -f ${b.data}/filler`);
    if ((await lab.role('b')) === 'silent') await b.ctl('start');
    await checkWorld(lab, trial);
    expect(await endTrial(lab, trial)).toEqual([]);
  },
);
