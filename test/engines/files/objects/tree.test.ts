import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { directoryOf, entryOf } from '../../../../src/engines/files/objects/entries.ts';
import { pathOfKey } from '../../../../src/engines/files/objects/keys.ts';
import { EntrySorter } from '../../../../src/engines/files/objects/sort.ts';
import { treeOf } from '../../../../src/engines/files/objects/tree.ts';
import {
  comparePaths,
  isContained,
  parentOf,
  rootPath,
} from '../../../../src/engines/files/tree/byte-path.ts';

/** The entries of a tree of keys, sorted in runs of so many. */
function treeIn(keys: readonly string[], runEntries: number) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sort-'));
  try {
    const sorter = new EntrySorter({ folder, runEntries });
    for (const key of keys) {
      const facts = { key, etag: '"e"', size: key.length, modified: new Date(1e12) };
      sorter.add(entryOf(pathOfKey(key), facts));
    }
    const entries = [...treeOf(sorter.sorted(), directoryOf)];
    return { entries, runs: readdirSync(folder).length };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const pathsIn = (keys: readonly string[], runEntries = 100) =>
  treeIn(keys, runEntries).entries.map(({ path, type }) => (type === 'file' ? path : `${path}/`));

describe('the tree of keys', () => {
  it('has each directory once, before what it holds, in the order of a walk', () => {
    expect(pathsIn(['b', 'a/x/2', 'a!', 'a/x/1', 'c/d/e'])).toEqual([
      './',
      ...['a/', 'a/x/', 'a/x/1', 'a/x/2', 'a!', 'b'],
      ...['c/', 'c/d/', 'c/d/e'],
    ]);
  });

  it('gives an object that others lie below another name, where that sorts', () => {
    expect(pathsIn(['a', 'a/b', 'a/b/c', 'a!', 'a0'])).toEqual([
      './',
      ...['a/', 'a/b/', 'a/b/c', 'a/b%', 'a!', 'a%', 'a0'],
    ]);
  });

  it('is the same sorted in memory and in runs on disk', () => {
    const keys = Array.from({ length: 500 }, (_, n) => `d${(n * 7) % 13}/o${(n * 31) % 500}`);
    const whole = treeIn(keys, 1000);
    const inRuns = treeIn(keys, 7);
    expect([whole.runs, inRuns.runs]).toEqual([0, 72]);
    expect(inRuns.entries).toEqual(whole.entries);
  });

  it('holds every key once, contained, in order, below directories that are there', () => {
    const part = fc.constantFrom('', 'a', 'b', 'a!', '.', '..', '%', 'é', 'x'.repeat(250));
    const key = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const keys = fc.uniqueArray(
      key.filter((text) => text !== ''),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 10 }), (given, run) => {
        const { entries } = treeIn(given, run);
        const files = entries.filter(({ type }) => type === 'file');
        expect(files.map(({ object }) => object?.key).sort()).toEqual(given.toSorted());
        const paths = entries.map(({ path }) => path);
        expect(paths.filter((path) => !isContained(path))).toEqual([]);
        expect(paths).toEqual([...new Set(paths)].sort(comparePaths));
        const directories = entries.filter(({ type }) => type === 'directory');
        const there = new Set(directories.map(({ path }) => path));
        const lost = paths.filter((path) => path !== rootPath && !there.has(parentOf(path)));
        expect(lost).toEqual([]);
      }),
    );
  });
});
