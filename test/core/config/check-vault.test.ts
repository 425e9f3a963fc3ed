import { expect, test } from 'vitest';
import { parseConfig } from '../../../src/core/config/parse.ts';
import { destinations } from '../../../src/core/config/schema.ts';
import { change, good, options } from './example.ts';

const place = 'primary: { url: file:///var/backups }';
const withCopies = (...copies: readonly string[]): string[] =>
  change(place, `${place}\n  copies:\n${copies.map((copy) => `    - ${copy}`).join('\n')}`);

test.for([
  [
    'two copies of one name',
    ['{ name: a, url: file:///a }', '{ name: a, url: file:///b }'],
    'holdfast.yaml:5:15 vault.copies[1].name: "a" names another copy too',
  ],
  [
    'a copy in the place of the vault',
    ['{ name: a, url: file:///var/backups }'],
    'holdfast.yaml:4:23 vault.copies[0].url: the same place as "primary"',
  ],
  [
    'two copies in one bucket of one server',
    [
      '{ name: a, url: s3://x, endpoint: http://one:9000 }',
      '{ name: b, url: s3://x, endpoint: http://one:9000 }',
    ],
    'holdfast.yaml:5:23 vault.copies[1].url: the same place as "a"',
  ],
  [
    'a directory that S3 should replicate to',
    ['{ name: a, url: file:///a, by: s3-replication }'],
    'holdfast.yaml:4:38 vault.copies[0].by: s3-replication needs an s3:// copy; allowed here: holdfast',
  ],
  [
    'a copy that takes the name of the vault',
    ['{ name: primary, url: file:///a }'],
    'holdfast.yaml:4:15 vault.copies[0].name: found "primary"; "primary" is taken by the vault itself',
  ],
] as const)('refuses %s', ([, copies, expected]) => {
  expect(withCopies(...copies)).toEqual([expected]);
});

test('takes one bucket name on two servers for two places', () => {
  const copies = [
    '{ name: a, url: s3://x, endpoint: http://one:9000 }',
    '{ name: b, url: s3://x, by: s3-replication }',
  ];
  expect(withCopies(...copies)).toEqual([]);
});

test('refuses a Region of a directory for leases', () => {
  expect(change(place, `${place}\n  leases: { url: file:///leases, region: us-east-1 }`)).toEqual([
    'holdfast.yaml:3:34 vault.leases.region: only for s3:// destinations; this one is a directory',
  ]);
});

test.each(['/proc/1', '/sys', '/dev/holdfast', '/tmp/../proc/x', '/%70roc/x', '//proc/x'])(
  'refuses a directory of the system itself: %s',
  (path) => {
    expect(change(place, `${place}\n  leases: { url: "file://${path}" }`)).toEqual([
      'holdfast.yaml:3:18 vault.leases.url: /proc, /sys and /dev hold no files of yours: name a directory on a disk',
    ]);
  },
);

test.each(['/dev/shm/vault', '/process', '/srv/proc', '/%zz'])('takes the directory %s', (path) => {
  expect(change(place, `${place}\n  leases: { url: file://${path} }`)).toEqual([]);
});

test('lists destinations, the primary first', () => {
  const text = good.replace(place, `${place}\n  copies: [{ name: west, url: s3://x }]`);
  const found = destinations(parseConfig(text, options));
  expect(found.map(({ name, destination }) => [name, destination.url])).toEqual([
    ['primary', 'file:///var/backups'],
    ['west', 's3://x'],
  ]);
});
