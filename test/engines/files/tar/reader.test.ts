import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TarReader } from '../../../../src/engines/files/tar/reader.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-tar-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const large = 3_000_001;

/** Written by GNU tar, as another opinion on the format; without its padding to a record. */
function archive(): Buffer {
  writeFileSync(join(folder, 'a'), 'contents of a');
  writeFileSync(join(folder, 'large'), Buffer.alloc(large, 'x'));
  const options = ['--format=posix', '--blocking-factor=1', '-cf', '-', 'a', 'large'];
  return execFileSync('tar', options, { cwd: folder, maxBuffer: 1 << 24 });
}

function readAll(bytes: Buffer): Record<string, number> {
  const file = join(folder, 'archive.tar');
  writeFileSync(file, bytes);
  const fd = openSync(file, 'r');
  const sizes: Record<string, number> = {};
  try {
    const reader = new TarReader(fd);
    for (let member = reader.next(); member !== undefined; member = reader.next()) {
      sizes[member.path] = 0;
      for (let piece = reader.piece(); piece !== undefined; piece = reader.piece()) {
        sizes[member.path] = (sizes[member.path] ?? 0) + piece.length;
      }
    }
    return sizes;
  } finally {
    closeSync(fd);
  }
}

test('reads what GNU tar writes', () => {
  expect(readAll(archive())).toEqual({ a: 13, large });
});

test.each([
  ['cut in the contents', (bytes: Buffer) => bytes.subarray(0, 10_000)],
  ['cut at the end mark', (bytes: Buffer) => bytes.subarray(0, -512)],
  ['without end mark', (bytes: Buffer) => bytes.subarray(0, -1024)],
  ['with bytes appended', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('more')])],
  ['with a changed header', (bytes: Buffer) => bytes.fill('7', 100, 101)],
  ['empty', () => Buffer.alloc(0)],
])('refuses an archive %s', (_, damage) => {
  expect(() => readAll(damage(archive()))).toThrow(
    expect.objectContaining({ name: 'IntegrityError', code: 'ARCHIVE_DAMAGED' }),
  );
});
