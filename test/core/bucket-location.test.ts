import { expect, test } from 'vitest';
import { bucketLocation } from '../../src/core/bucket-location.ts';

test.for([
  ['s3://acme', { bucket: 'acme', prefix: '' }],
  ['s3://acme/', { bucket: 'acme', prefix: '' }],
  ['s3://acme/team/prod', { bucket: 'acme', prefix: 'team/prod/' }],
  ['s3://acme//team/', { bucket: 'acme', prefix: 'team/' }],
  ['file:///var/backups', undefined],
])('%s lies at %j', ([url, location]) => {
  expect(bucketLocation(String(url))).toEqual(location);
});
