import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesEngine } from '../../../src/engines/files/engine.ts';
import { openWorkbench, type TakenSet, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(() => {
  bench = openWorkbench();
  mkdirSync(join(bench.root, 'a/b'), { recursive: true });
  for (const name of ['a/one', 'a/two', 'a/b/three', 'four']) write(name, name.repeat(1000));
});
afterEach(() => bench.close());

const at = (name: string): string => join(bench.root, name);
const write = (name: string, text: string): void => writeFileSync(at(name), text);

/** Past the moment within which a change could leave the same times. */
const settle = (): Promise<void> => sleep(80);

interface IndexLine {
  readonly path: string;
  readonly type: string;
  readonly set?: string;
}

function indexOf({ set }: TakenSet): Map<string, IndexLine> {
  const [, ...lines] = set.contents.get('index')?.toString().trim().split('\n') ?? [];
  const entries = lines.map((line) => JSON.parse(line) as IndexLine);
  return new Map(entries.map((entry) => [entry.path, entry]));
}

/** Files whose contents this set's own archive holds. */
const storedIn = (taken: TakenSet): string[] =>
  [...indexOf(taken).values()]
    .filter(({ type, set }) => type === 'file' && set === undefined)
    .map(({ path }) => path);

async function restored(taken: TakenSet): Promise<string> {
  const target = join(bench.folder, `restored-${taken.reader.manifest.id}`);
  const request = { target, only: [], overwrite: false };
  const { comparison } = await filesEngine.restore(bench.context(), request, taken.reader);
  expect(comparison.differences).toEqual([]);
  expect(comparison.units).toBe(indexOf(taken).size);
  return target;
}

/** `rsync`'s view: contents, types, modes, times and links. */
function expectLikeSource(target: string): void {
  const list = (folder: string) =>
    execFileSync('find', ['.', '-printf', '%P %y %m %T@ %s %n %l\\n'], { cwd: folder })
      .toString()
      .split('\n')
      .sort();
  expect(list(target)).toEqual(list(bench.root));
  execFileSync('diff', ['-r', '--no-dereference', bench.root, target]);
}

test('stores only what changed and points to the set that holds the rest', async () => {
  await settle();
  const full = await bench.dump();
  write('a/two', 'changed');
  write('new', 'new');
  const second = await bench.dump({ parent: full });
  expect(second.summary).toMatchObject({ method: 'incremental', usedParent: true });
  expect(storedIn(second)).toEqual(['a/two', 'new']);
  expect(indexOf(second).get('a/one')?.set).toBe(full.reader.manifest.id);
  expect(second.summary.totals.files).toBe(5);
  expectLikeSource(await restored(second));
});

test('restores through a chain of three, each with its own deletions', async () => {
  await settle();
  const full = await bench.dump();
  rmSync(at('a/one'));
  write('a/two', 'second version');
  await settle();
  const second = await bench.dump({ parent: full });
  rmSync(at('a/b'), { recursive: true });
  write('a/five', 'third set');
  const third = await bench.dump({ parent: second });
  expect(storedIn(third)).toEqual(['a/five']);
  expect(indexOf(third).get('four')?.set).toBe(full.reader.manifest.id);
  expect(indexOf(third).get('a/two')?.set).toBe(second.reader.manifest.id);
  const target = await restored(third);
  expectLikeSource(target);
  expect(existsSync(join(target, 'a/one'))).toBe(false);
  const older = await restored(second);
  expect(readFileSync(join(older, 'a/b/three'), 'utf8')).toBe('a/b/three'.repeat(1000));
});

test('restores selected files from the sets that hold them', async () => {
  await settle();
  const full = await bench.dump();
  write('a/two', 'changed');
  const second = await bench.dump({ parent: full });
  const target = join(bench.folder, 'picked');
  const request = { target, only: ['a/{one,two}'], overwrite: false };
  const plan = await filesEngine.planRestore(bench.context(), request, second.reader);
  expect(plan.actions.slice(0, 2)).toEqual([
    `take 1 files from ${full.reader.manifest.id}`,
    `take 1 files from ${second.reader.manifest.id}`,
  ]);
  await filesEngine.restore(bench.context(), request, second.reader);
  expect(readFileSync(join(target, 'a/one'), 'utf8')).toBe('a/one'.repeat(1000));
  expect(readFileSync(join(target, 'a/two'), 'utf8')).toBe('changed');
});

const changes: readonly (readonly [string, () => void])[] = [
  ['the contents, with size and mtime put back', () => rewriteUnseen('a/two')],
  ['only the mode', () => chmodSync(at('a/two'), 0o600)],
  ['only the times', () => utimesSync(at('a/two'), 1, 1)],
  ['only an attribute', () => execFileSync('setfattr', ['-n', 'user.k', '-v', 'v', at('a/two')])],
];

/** As long as before, with the same mtime: only ctime tells. */
function rewriteUnseen(name: string): void {
  const { atime, mtime, size } = lstatSync(at(name));
  write(name, 'x'.repeat(size));
  utimesSync(at(name), atime, mtime);
}

test.each(changes)('reads a file again after a change of %s', async (_, change) => {
  await settle();
  const full = await bench.dump();
  change();
  const second = await bench.dump({ parent: full });
  expect(storedIn(second)).toEqual(['a/two']);
  expectLikeSource(await restored(second));
});

test('follows a rename, a directory that became a file and a file that became a directory', async () => {
  await settle();
  const full = await bench.dump();
  renameSync(at('four'), at('vier'));
  rmSync(at('a/b'), { recursive: true });
  write('a/b', 'now a file');
  rmSync(at('a/one'));
  mkdirSync(at('a/one'));
  write('a/one/inside', 'now inside a directory');
  const second = await bench.dump({ parent: full });
  expect(storedIn(second)).toEqual(['a/b', 'a/one/inside', 'vier']);
  expectLikeSource(await restored(second));
});

test('follows hard links that come, go and lose the name that held the contents', async () => {
  linkSync(at('a/two'), at('a/two-again'));
  linkSync(at('four'), at('z'));
  await settle();
  const full = await bench.dump();
  expect(indexOf(full).get('z')).toMatchObject({ type: 'hardlink', target: 'four' });
  rmSync(at('a/two'));
  linkSync(at('four'), at('a/first'));
  linkSync(at('a/b/three'), at('three'));
  await settle();
  const second = await bench.dump({ parent: full });
  expect(indexOf(second).get('z')).toMatchObject({ type: 'hardlink', target: 'a/first' });
  expectLikeSource(await restored(second));
  await settle();
  const third = await bench.dump({ parent: second });
  expect(storedIn(third)).toEqual([]);
  expectLikeSource(await restored(third));
});

test('a change of patterns brings in and leaves out, also the name that held a link', async () => {
  linkSync(at('a/two'), at('two'));
  await settle();
  const full = await bench.dump({ source: { exclude: ['four'] } });
  const second = await bench.dump({ parent: full, source: { exclude: ['a/**'] } });
  expect([...indexOf(second).keys()]).toEqual(['.', 'a', 'four', 'two']);
  expect(storedIn(second)).toEqual(['four', 'two']);
  const target = await restored(second);
  expect(readFileSync(join(target, 'two'), 'utf8')).toBe('a/two'.repeat(1000));
});

test('reads again what changed so shortly before that its times could hide a change', async () => {
  await settle();
  write('four', 'at the last moment');
  const full = await bench.dump();
  const second = await bench.dump({ parent: full });
  expect(storedIn(second)).toEqual(['four']);
});

test('an incremental without changes restores all the same', async () => {
  symlinkSync('nowhere', at('link'));
  await settle();
  const full = await bench.dump();
  const second = await bench.dump({ parent: full });
  expect(storedIn(second)).toEqual([]);
  expect(second.set.contents.get('archive')?.length).toBeLessThan(4096);
  expectLikeSource(await restored(second));
});

test('an incremental of an incremental carries the lines of unchanged files on as they were', async () => {
  await settle();
  const full = await bench.dump();
  const second = await bench.dump({ parent: full });
  const third = await bench.dump({ parent: second });
  const base = full.reader.manifest.id;
  for (const path of ['a/one', 'a/two', 'a/b/three', 'four']) {
    const carried = { ...indexOf(full).get(path), set: base };
    expect(indexOf(second).get(path)).toEqual(carried);
    expect(indexOf(third).get(path)).toEqual(carried);
  }
});

test('a chain without its base is refused, and named', async () => {
  await settle();
  const full = await bench.dump();
  const second = await bench.dump({ parent: full });
  const orphan = { ...second.reader, parent: undefined };
  const request = { target: join(bench.folder, 'orphan'), only: [], overwrite: false };
  await expect(filesEngine.restore(bench.context(), request, orphan)).rejects.toMatchObject({
    code: 'CHAIN_BROKEN',
    message: expect.stringContaining(full.reader.manifest.id),
  });
});

test('without a parent an incremental is a full', async () => {
  const full = await bench.dump();
  const request = { method: 'incremental', fingerprint: 'checksum' } as const;
  const sink = { command: () => stored, bytes: () => stored };
  const stored = Promise.reject(new Error('the sink was reached'));
  stored.catch(() => undefined);
  await expect(filesEngine.dump(bench.context(), request, sink)).rejects.toThrow('sink');
  expect(full.summary).toMatchObject({ method: 'full', usedParent: false });
});
