import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { place } from '../../../../src/engines/files/restore/place.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-place-'));
  for (const name of ['staging/sub', 'target/sub']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  write('staging/a', 'new a');
  write('staging/sub/b', 'new b');
  write('staging/sub/z', 'new z');
  write('target/sub/b', 'old b');
  write('target/sub/kept', 'kept');
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const files = (name: string): string[] =>
  readdirSync(join(folder, name), { recursive: true }).map(String).sort();

const job = (choice: { readonly overwrite: boolean; readonly whole: boolean }) => ({
  step: 'place' as const,
  resultFile: '',
  staging: join(folder, 'staging'),
  target: join(folder, 'target'),
  aside: join(folder, 'aside'),
  keep: [],
  ...choice,
});

test('puts files beside those that are there', () => {
  expect(place(job({ overwrite: true, whole: false }))).toEqual({ placed: 3, replaced: 1 });
  expect(files('target')).toEqual(['a', 'sub', 'sub/b', 'sub/kept', 'sub/z']);
  expect(read('target/sub/b')).toBe('new b');
  expect(
    readFileSync(join(folder, 'aside', readdirSync(join(folder, 'aside'))[0] ?? ''), 'utf8'),
  ).toBe('old b');
});

test('takes everything else away when the whole tree is placed', () => {
  place(job({ overwrite: true, whole: true }));
  expect(files('target')).toEqual(['a', 'sub', 'sub/b', 'sub/z']);
});

test('moves everything back when a name is taken', () => {
  const before = [files('staging'), files('target')];
  expect(() => place(job({ overwrite: false, whole: false }))).toThrow(
    expect.objectContaining({ code: 'TARGET_NOT_EMPTY' }),
  );
  expect([files('staging'), files('target')]).toEqual(before);
  expect(read('target/sub/b')).toBe('old b');
  expect(files('aside')).toEqual([]);
});
