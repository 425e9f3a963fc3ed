import { expect, it } from 'vitest';
import { readRemoteTarget, readTarget } from '../../../src/cli/restore/target.ts';

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

const mounted = { engine: 'files', path: '/mnt/shop/uploads' };

it.each([
  ['secretsmanager:orders-copy#url', undefined],
  ['ssm:/copy', undefined],
  ['postgres://db.internal/copy', undefined],
  ['s3://bucket/restored', mounted],
  ['/mnt/shop/restored', mounted],
])('a task in AWS can use %s', (to, source) => {
  expect(readRemoteTarget(to, source)).toBe(to);
});

it.each([
  ['restored', mounted],
  ['file:///tmp/restored', mounted],
  ['env:COPY_URL', undefined],
  ['/tmp/restored', mounted],
  ['/mnt/shop/../../tmp', mounted],
  ['/anywhere', { engine: 'files', path: '/uploads' }],
  ['/mnt/shop/restored', { engine: 'postgres' }],
  ['postgres://me:hunter2@db/copy', undefined],
])('a task in AWS has no %s', (to, source) => {
  const read = () => readRemoteTarget(to, source);
  expect(read).toThrow(expect.objectContaining({ code: 'TARGET_ELSEWHERE', exitCode: 2 }));
  expect(read).not.toThrow('hunter2');
});
