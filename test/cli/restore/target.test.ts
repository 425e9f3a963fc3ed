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

const source = (own: object) => ({ after: [], policies: {}, engine: 'files', ...own });
const mounted = source({ path: '/mnt/shop/uploads' });
const bucket = source({ path: 's3://acme/shop' });
const elsewhere = source({ path: 's3://acme/shop', deploy: { restoreTo: 's3://spare/shop' } });

it.each([
  ['secretsmanager:orders-copy#url', undefined],
  ['ssm:/copy', undefined],
  ['postgres://db.internal/copy', undefined],
  ['s3://acme/shop', bucket],
  ['s3://acme/shop/again', bucket],
  ['s3://spare/shop/today', elsewhere],
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
  ['s3://bucket/restored', mounted],
  ['s3://bucket/restored', undefined],
  ['s3://acme/shopping', bucket],
  ['s3://acme/shop', elsewhere],
  ['/anywhere', source({ path: '/uploads' })],
  ['/mnt/shop/restored', source({ engine: 'postgres' })],
  ['postgres://me:hunter2@db/copy', undefined],
])('a task in AWS has no %s', (to, source) => {
  const read = () => readRemoteTarget(to, source);
  expect(read).toThrow(expect.objectContaining({ code: 'TARGET_ELSEWHERE', exitCode: 2 }));
  expect(read).not.toThrow('hunter2');
});
