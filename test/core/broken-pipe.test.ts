import { expect, it } from 'vitest';
import { isBrokenPipe } from '../../src/core/broken-pipe.ts';

it.each([
  ['EPIPE', true],
  ['ECONNRESET', true],
  ['ECANCELED', true],
  ['ERR_STREAM_PREMATURE_CLOSE', true],
  ['ERR_STREAM_DESTROYED', true],
  ['ENOSPC', false],
])('of an error with code %s says %s', (code, broken) => {
  expect(isBrokenPipe(Object.assign(new Error('write'), { code }))).toBe(broken);
});

it('says no of an error without a code and of what is no error', () => {
  expect(isBrokenPipe(new Error('EPIPE'))).toBe(false);
  expect(isBrokenPipe({ code: 'EPIPE' })).toBe(false);
});
