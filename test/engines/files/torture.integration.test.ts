import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesEngine } from '../../../src/engines/files/engine.ts';
import { growTorture } from './torture-tree.ts';
import { openWorkbench, type TakenSet, type Workbench } from './workbench.ts';

let bench: Workbench;
let taken: TakenSet;

beforeAll(async () => {
  bench = openWorkbench();
  growTorture(bench.root);
  taken = await bench.dump();
});
afterAll(() => {
  execFileSync('chmod', ['-R', 'u+rwX', bench.folder]);
  execFileSync('rm', ['-rf', bench.folder]);
});

/** Everything that stat(2) tells and restores keep, in bytes; sockets have no exact time. */
const listing = (folder: string, format = '%P|%y|%m|%U:%G|%T@|%s|%n|%l\\0'): string[] =>
  execFileSync('find', ['.', '!', '-type', 's', '-printf', format], {
    cwd: folder,
    encoding: 'latin1',
    maxBuffer: 1 << 26,
  })
    .split('\0')
    .map((line) => (line.includes('|d|') ? line.replace(/\|\d+(\|\d+\|)$/, '|*$1') : line))
    .sort();

const attributesOf = (folder: string): string =>
  execFileSync('getfattr', ['-R', '-d', '-m', '-', '-h', '-P', '-e', 'base64', '.'], {
    cwd: folder,
    encoding: 'latin1',
  })
    .split('\n\n')
    .sort()
    .join('\n\n');

const allocatedKib = (file: string): number =>
  Number(execFileSync('du', ['-k', file]).toString().split('\t')[0]);

test('a dump of everything odd is complete', () => {
  expect(taken.summary.partialReasons).toEqual([]);
  expect(taken.summary.totals.files).toBe(18);
});

test('the archive reads to its end and every hash is right', async () => {
  const { notes } = await filesEngine.read(bench.context(), taken.reader);
  expect(notes[0]).toMatch(/^18 files, .* every hash/);
});

test('restores everything odd exactly', async () => {
  const target = join(bench.folder, 'restored');
  const request = { target, only: [], overwrite: false };
  const report = await filesEngine.restore(bench.context(), request, taken.reader);
  expect(report.comparison.differences).toEqual([]);
  expect(listing(target)).toEqual(listing(bench.root));
  expect(attributesOf(target)).toBe(attributesOf(bench.root));
  expect(allocatedKib(join(target, 'sparse'))).toBeLessThan(2048);
  expect(allocatedKib(join(target, 'all-hole'))).toBeLessThan(16);
  expect(readdirSync(target)).toContain('socket');
});

test('GNU tar alone restores the archive', () => {
  const target = join(bench.folder, 'by-tar');
  const archive = join(bench.folder, 'archive.tar.zst');
  mkdirSync(target);
  writeFileSync(`${archive}.plain`, taken.set.contents.get('archive') ?? '');
  execFileSync('zstd', ['-q', '--rm', '-1', `${archive}.plain`, '-o', archive]);
  const extract = 'zstd -dc "$1" | tar -x --xattrs --xattrs-include="*" --acls -p -C "$2"';
  execFileSync('bash', ['-c', `set -o pipefail; ${extract}`, 'bash', archive, target]);
  expect(listing(target)).toEqual(listing(bench.root));
  expect(attributesOf(target)).toBe(attributesOf(bench.root));
});

test('replaces a tree with read-only directories', async () => {
  const target = join(bench.folder, 'twice');
  const request = { target, only: [], overwrite: false };
  await filesEngine.restore(bench.context(), request, taken.reader);
  writeFileSync(join(target, 'more'), 'of the time between');
  await filesEngine.restore(bench.context(), { ...request, overwrite: true }, taken.reader);
  expect(listing(target)).toEqual(listing(bench.root));
});
