import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { watchZstd } from '../../../src/pipeline/data-path/zstd-frame.ts';

const compress = (input: Buffer, ...args: string[]): Buffer =>
  execFileSync('zstd', ['-q', '-c', ...args], { input, maxBuffer: 64 * 1024 * 1024 });

function watch(bytes: Buffer, chunk = bytes.length || 1) {
  const watcher = watchZstd();
  for (let at = 0; at < bytes.length; at += chunk) watcher.update(bytes.subarray(at, at + chunk));
  return { isComplete: watcher.isComplete(), isEmpty: watcher.isEmpty() };
}

const inputs: [string, Buffer, string[]][] = [
  ['text', Buffer.from('holdfast '.repeat(100_000)), ['--check', '-T0']],
  ['noise', randomBytes(700_000), ['--check', '-T0', '-1']],
  ['one byte', Buffer.of(1), ['--check']],
  ['no checksum', Buffer.from('abc'.repeat(1000)), ['--no-check']],
  ['a known size', Buffer.alloc(300_000), ['--check', '--stream-size=300000']],
  ['a high level', randomBytes(100_000), ['-19', '--check']],
];

describe.each(inputs)('a zstd stream of %s', (_, input, args) => {
  const bytes = compress(input, ...args);

  it('is complete, in chunks of any size', () => {
    for (const chunk of [1, 2, 3, 7, 4096, bytes.length]) {
      expect(watch(bytes, chunk)).toEqual({ isComplete: true, isEmpty: false });
    }
  });

  it('is not complete when cut anywhere', () => {
    const cuts = [1, 4, 5, 8, Math.floor(bytes.length / 2), bytes.length - 4, bytes.length - 1];
    for (const length of cuts.filter((each) => each > 0 && each < bytes.length)) {
      expect(watch(bytes.subarray(0, length)).isComplete, `cut to ${length}`).toBe(false);
    }
  });
});

describe('watchZstd', () => {
  it('knows a stream without content', () => {
    expect(watch(compress(Buffer.alloc(0), '--check', '-T0', '-1'))).toEqual({
      isComplete: true,
      isEmpty: true,
    });
  });

  it('follows one frame after another', () => {
    const frame = compress(Buffer.from('content'), '--check');
    expect(watch(Buffer.concat([frame, frame])).isComplete).toBe(true);
    expect(watch(Buffer.concat([frame, frame.subarray(0, 3)])).isComplete).toBe(false);
  });

  it('never calls other bytes complete', () => {
    expect(watch(Buffer.alloc(0)).isComplete).toBe(false);
    expect(watch(Buffer.from('plain text, not compressed at all')).isComplete).toBe(false);
  });
});
