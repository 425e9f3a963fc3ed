import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeScratch, removeScratch, sweepScratch } from '../../src/wiring/scratch.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
});
afterEach(() => rm(parent, { recursive: true }));

test('is private, and gone when removed', async () => {
  const folder = await makeScratch(parent);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  await removeScratch(folder);
  expect(await readdir(parent)).toEqual([]);
});

test('what a dead process left is swept, what a living one uses stays', async () => {
  const mine = await makeScratch(parent);
  const child = spawn('sleep', ['60']);
  const start = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[19];
  const theirs = join(parent, `holdfast-scratch-${child.pid}-${start}-00000000`);
  await mkdir(theirs);
  expect(await sweepScratch(parent)).toBe(0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await sweepScratch(parent)).toBe(1);
  expect(await readdir(parent)).toEqual([mine.slice(parent.length + 1)]);
});

test('a process id that was given again does not keep the folder', async () => {
  await mkdir(join(parent, `holdfast-scratch-${process.pid}-1-00000000`));
  expect(await sweepScratch(parent)).toBe(1);
});

test('other folders are none of its business', async () => {
  await mkdir(join(parent, 'holdfast-scratch-notes'));
  expect(await sweepScratch(parent)).toBe(0);
  expect(await sweepScratch(join(parent, 'nowhere'))).toBe(0);
});
