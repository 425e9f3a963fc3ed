import { expect, test } from 'vitest';
import { bucketLocation, isWithin } from '../../src/core/bucket-location.ts';

test.for([
  ['s3://acme', { bucket: 'acme', prefix: '' }],
  ['s3://acme/', { bucket: 'acme', prefix: '' }],
  ['s3://acme/team/prod', { bucket: 'acme', prefix: 'team/prod/' }],
  ['s3://acme//team/', { bucket: 'acme', prefix: 'team/' }],
  ['file:///var/backups', undefined],
])('%s lies at %j', ([url, location]) => {
  expect(bucketLocation(String(url))).toEqual(location);
});

test.for([
  ['s3://acme/team/prod', 's3://acme/team', true],
  ['s3://acme/team', 's3://acme', true],
  ['s3://acme/team', 's3://acme/team/', true],
  ['s3://acme/teams', 's3://acme/team', false],
  ['s3://acme', 's3://acme/team', false],
  ['s3://other/team', 's3://acme', false],
] as const)('%s lies in %s: %s', ([inner, outer, expected]) => {
  const [a, b] = [bucketLocation(inner), bucketLocation(outer)];
  expect(a && b && isWithin(a, b)).toBe(expected);
});
