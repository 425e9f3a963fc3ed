import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RestoreRequest } from '../../../src/core/ports/engine.ts';
import { filesEngine } from '../../../src/engines/files/engine.ts';
import { openWorkbench, type TakenSet, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(() => {
  bench = openWorkbench();
});
afterEach(() => bench.close());

const everything: RestoreRequest = { only: [], overwrite: false };

function fill(): void {
  mkdirSync(join(bench.root, 'docs/deep'), { recursive: true });
  writeFileSync(join(bench.root, 'docs/one.txt'), 'one');
  writeFileSync(join(bench.root, 'docs/deep/two.txt'), 'two');
  writeFileSync(join(bench.root, 'three.bin'), Buffer.alloc(3_000_000, 'three'));
  execFileSync('ln', ['docs/one.txt', 'linked.txt'], { cwd: bench.root });
}

const restore = (taken: TakenSet, request: Partial<RestoreRequest>) =>
  filesEngine.restore(bench.context(), { ...everything, ...request }, taken.reader);

const expectSame = (target: string): void => {
  execFileSync('diff', ['-r', '--no-dereference', bench.root, target]);
};

test('restores a whole tree to an absent directory and compares it', async () => {
  fill();
  const taken = await bench.dump();
  const target = join(bench.folder, 'far/away');
  const report = await restore(taken, { target });
  expectSame(target);
  expect(report).toMatchObject({
    target,
    comparison: { level: 'checksum', units: 7, differences: [] },
    totals: { files: 3, bytes: 3_000_006 },
    notes: [],
  });
  expect(readdirSync(join(bench.folder, 'far'))).toEqual(['away']);
});

test('restores into an empty directory', async () => {
  fill();
  const taken = await bench.dump();
  const target = join(bench.folder, 'empty');
  mkdirSync(target);
  await restore(taken, { target });
  expect(() => expectSame(target)).not.toThrow();
});

test('refuses a directory that holds something, and names the way out', async () => {
  fill();
  const taken = await bench.dump();
  writeFileSync(join(bench.root, 'docs/one.txt'), 'changed');
  await expect(restore(taken, {})).rejects.toMatchObject({
    name: 'TargetError',
    code: 'TARGET_NOT_EMPTY',
    hint: expect.stringContaining('--overwrite'),
  });
  expect(readFileSync(join(bench.root, 'docs/one.txt'), 'utf8')).toBe('changed');
});

test('replaces the whole directory with --overwrite and leaves nothing beside it', async () => {
  fill();
  const taken = await bench.dump();
  writeFileSync(join(bench.root, 'docs/one.txt'), 'changed');
  writeFileSync(join(bench.root, 'later.txt'), 'made later');
  await restore(taken, { overwrite: true });
  expect(readFileSync(join(bench.root, 'docs/one.txt'), 'utf8')).toBe('one');
  expect(existsSync(join(bench.root, 'later.txt'))).toBe(false);
  expect(readdirSync(bench.folder).filter((name) => name.includes('holdfast'))).toEqual([]);
});

test('leaves the target as it was when the archive is damaged', async () => {
  fill();
  const taken = await bench.dump();
  const archive = taken.set.contents.get('archive');
  archive?.fill(0x21, archive.length - 2_000_000, archive.length - 1_999_990);
  writeFileSync(join(bench.root, 'docs/one.txt'), 'changed');
  await expect(restore(taken, { overwrite: true })).rejects.toMatchObject({
    name: 'IntegrityError',
    code: 'ARCHIVE_DAMAGED',
    message: expect.stringContaining('three.bin'),
  });
  expect(readFileSync(join(bench.root, 'docs/one.txt'), 'utf8')).toBe('changed');
  expect(readdirSync(bench.folder).filter((name) => name.includes('holdfast'))).toEqual([]);
});

test('does not replace a directory by a tree that differs from the index', async () => {
  fill();
  const taken = await bench.dump();
  const index = taken.set.contents.get('index')?.toString() ?? '';
  const forged = index.replace(/("path":"docs\/one.txt".*?"mode":)"644"/, '$1"600"');
  taken.set.contents.set('index', Buffer.from(forged));
  writeFileSync(join(bench.root, 'docs/one.txt'), 'changed');
  await expect(restore(taken, { overwrite: true })).rejects.toMatchObject({
    name: 'ComparisonError',
    code: 'RESTORE_DIFFERS',
    message: expect.stringContaining('docs/one.txt: mode 600 became mode 644'),
  });
  expect(readFileSync(join(bench.root, 'docs/one.txt'), 'utf8')).toBe('changed');
  expect(readdirSync(bench.folder).filter((name) => name.includes('restore'))).toEqual([]);
});

test('names what differs where there was nothing to protect', async () => {
  fill();
  const taken = await bench.dump();
  const index = taken.set.contents.get('index')?.toString() ?? '';
  taken.set.contents.set('index', Buffer.from(index.replace('"size":3000000', '"size":3000001')));
  const target = join(bench.folder, 'differs');
  const { comparison } = await restore(taken, { target });
  expect(comparison.differences).toEqual([
    { name: 'three.bin', expected: 'size 3000001', found: 'size 3000000' },
  ]);
});

test('takes nothing from the default ACL of the directory above', async () => {
  fill();
  const taken = await bench.dump();
  const above = join(bench.folder, 'above');
  mkdirSync(above);
  execFileSync('setfacl', ['-d', '-m', 'u:33:rwx', above]);
  const { comparison } = await restore(taken, { target: join(above, 'restored') });
  expect(comparison.differences).toEqual([]);
  const acls = execFileSync('getfattr', ['-R', '-d', '-m', '-', join(above, 'restored')]);
  expect(acls.toString()).toBe('');
});

test('a plan names what a killed restore left behind', async () => {
  fill();
  const taken = await bench.dump();
  const left = `${bench.root}.holdfast-restore-1a2b3c4d`;
  mkdirSync(join(left, 'old'), { recursive: true });
  const request = { ...everything, overwrite: true };
  const plan = await filesEngine.planRestore(bench.context(), request, taken.reader);
  expect(plan.findings.map(({ subject, level }) => [subject, level])).toEqual([
    [left, 'warning'],
    [bench.root, 'ok'],
  ]);
});

test('brings back selected files beside others that stay', async () => {
  fill();
  const taken = await bench.dump();
  rmSync(join(bench.root, 'docs/deep'), { recursive: true });
  writeFileSync(join(bench.root, 'three.bin'), 'kept');
  await restore(taken, { only: ['docs/deep'] });
  expect(readFileSync(join(bench.root, 'docs/deep/two.txt'), 'utf8')).toBe('two');
  expect(readFileSync(join(bench.root, 'three.bin'), 'utf8')).toBe('kept');
  expect(readdirSync(bench.root).sort()).toEqual(['docs', 'linked.txt', 'three.bin']);
});

test('a selected hard link comes with its contents, without the file that held them', async () => {
  fill();
  const taken = await bench.dump();
  const target = join(bench.folder, 'picked');
  await restore(taken, { target, only: ['linked.txt'] });
  expect(readFileSync(join(target, 'linked.txt'), 'utf8')).toBe('one');
  expect(lstatSync(join(target, 'linked.txt')).nlink).toBe(1);
  expect(readdirSync(target, { recursive: true }).sort()).toEqual(['docs', 'linked.txt']);
});

test('selected files that exist are replaced only with --overwrite', async () => {
  fill();
  const taken = await bench.dump();
  writeFileSync(join(bench.root, 'docs/one.txt'), 'changed');
  await expect(restore(taken, { only: ['docs/one.txt'] })).rejects.toMatchObject({
    code: 'TARGET_NOT_EMPTY',
    message: expect.stringContaining('docs/one.txt'),
  });
  await restore(taken, { only: ['docs/one.txt'], overwrite: true });
  expect(readFileSync(join(bench.root, 'docs/one.txt'), 'utf8')).toBe('one');
});

test('says so when a pattern selects nothing', async () => {
  fill();
  const taken = await bench.dump();
  const request = { only: ['docs/none*'], target: join(bench.folder, 'nothing') };
  await expect(restore(taken, request)).rejects.toMatchObject({ code: 'NOTHING_SELECTED' });
  expect(existsSync(request.target)).toBe(false);
});

test('never replaces a directory that holds a vault', async () => {
  fill();
  const taken = await bench.dump();
  const vault = join(bench.root, 'vault');
  mkdirSync(vault);
  const request = { ...everything, overwrite: true };
  const context = bench.context({}, { ownPaths: [vault] });
  await expect(filesEngine.restore(context, request, taken.reader)).rejects.toMatchObject({
    code: 'TARGET_HOLDS_VAULT',
  });
  expect(existsSync(vault)).toBe(true);
});

test('a plan touches nothing and says what would be done', async () => {
  fill();
  const taken = await bench.dump();
  const target = join(bench.folder, 'planned');
  const request = { ...everything, target };
  const plan = await filesEngine.planRestore(bench.context(), request, taken.reader);
  expect(plan.findings.map(({ level }) => level)).toEqual(['ok']);
  expect(plan.actions).toEqual([
    `take 3 files from ${taken.reader.manifest.id}`,
    'compare every entry with the index, read back from disk',
    `put the tree at ${target}`,
  ]);
  expect(existsSync(target)).toBe(false);
});
