import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createProgress, describeProgress } from '../../../src/cli/output/progress.ts';

const mib = 1024 * 1024;

describe('describeProgress', () => {
  const pace = { since: 0, from: 0 };
  it.each([
    [
      { done: 50 * mib, total: 100 * mib, unit: 'bytes' },
      '50.0 MiB of 100.0 MiB, 10.0 MiB/s, 5s left',
    ],
    [{ done: 50 * mib, unit: 'bytes' }, '50.0 MiB, 10.0 MiB/s'],
    [{ done: 1000, total: 3000, unit: 'files' }, '1,000 of 3,000 files, 200 files/s, 10s left'],
    [{ done: 0, total: 10, unit: 'rows' }, '0 of 10 rows'],
    [{ done: 1, total: 2, unit: 'rows', isEstimate: true }, '1 of about 2 rows, 0 rows/s, 5s left'],
  ])('says %j', (update, expected) => {
    expect(describeProgress({ phase: 'dump', ...update }, pace, 5000)).toBe(expected);
  });
});

describe('createProgress', () => {
  function onPipe(quiet: boolean) {
    const stream = new PassThrough() as unknown as NodeJS.WriteStream;
    let time = 0;
    const view = createProgress({ stream, quiet, now: () => new Date(time) });
    return {
      at: (seconds: number, done: number) => {
        time = seconds * 1000;
        view.update('orders', { phase: 'dump', done, unit: 'bytes' });
      },
      text: () => String((stream as unknown as PassThrough).read() ?? ''),
    };
  }

  it('writes a line every ten seconds where nobody watches', () => {
    const { at, text } = onPipe(false);
    for (let second = 0; second <= 25; second += 1) at(second, second * mib);
    expect(text().split('\n')).toEqual([
      'orders: dump: 10.0 MiB, 1.0 MiB/s',
      'orders: dump: 20.0 MiB, 1.0 MiB/s',
      '',
    ]);
  });

  it('writes nothing with --quiet', () => {
    const { at, text } = onPipe(true);
    for (let second = 0; second <= 25; second += 1) at(second, second);
    expect(text()).toBe('');
  });
});
