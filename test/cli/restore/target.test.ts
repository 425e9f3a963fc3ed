import { expect, it } from 'vitest';
import { readTarget } from '../../../src/cli/restore/target.ts';

it.each([
  ['out', { target: '/srv/out', environment: {} }],
  ['/out', { target: '/out', environment: {} }],
  ['file:///out', { target: '/out', environment: {} }],
  ['env:COPY_URL', { target: 'env:COPY_URL', environment: {} }],
  ['postgres://db/copy', { target: 'postgres://db/copy', environment: {} }],
])('takes %s as it is', (to, expected) => {
  expect(readTarget(to, '/srv')).toEqual(expected);
});

it.each([
  'postgres://me:hunter2@db/copy',
  'postgres://db/copy?password=hunter2',
  'postgres://me:p#w@db:x/y',
])('hands %s on by the environment', (to) => {
  expect(readTarget(to, '/srv')).toEqual({
    target: 'env:HOLDFAST_TARGET',
    environment: { HOLDFAST_TARGET: to },
  });
});
