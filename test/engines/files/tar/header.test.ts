import { expect, test } from 'vitest';
import type { IndexEntry } from '../../../../src/engines/files/index/entry.ts';
import { aclText } from '../../../../src/engines/files/tar/acl.ts';
import {
  decimalSeconds,
  memberHeader,
  paxRecord,
} from '../../../../src/engines/files/tar/header.ts';

const entry: IndexEntry = {
  path: 'a',
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 1,
  mtime: 1_000_000_000n,
  ctime: 0n,
  inode: 1n,
  device: 1n,
};

test.each([
  [0n, '0'],
  [1_500_000_000n, '1.500000000'],
  [-500_000_000n, '-0.500000000'],
  [-2_000_000_000n, '-2'],
  [-1n, '-0.000000001'],
])('writes %s ns as %s seconds', (nanoseconds, text) => {
  expect(decimalSeconds(nanoseconds)).toBe(text);
});

test.each([1, 2, 3, 90, 91, 92, 93, 94, 95, 983, 990])(
  'a record of %i characters counts its own length',
  (characters) => {
    const record = paxRecord('k', 'v'.repeat(characters));
    expect(Number(record.split(' ', 1)[0])).toBe(record.length);
  },
);

test('needs one block where ustar says it all, three where it cannot', () => {
  expect(memberHeader(entry, { storedBytes: 1 }).length).toBe(512);
  const precise = { ...entry, mtime: entry.mtime + 1n };
  expect(memberHeader(precise, { storedBytes: 1 }).length).toBe(1536);
});

test.each([
  ['a long path', { path: 'p'.repeat(101) }, `path=${'p'.repeat(101)}`],
  ['a large owner', { uid: 0o7777777 + 1 }, 'uid=2097152'],
  ['a time before 1970', { mtime: -1_000_000_000n }, 'mtime=-1'],
  ['a long link', { target: 't'.repeat(101) }, `linkpath=${'t'.repeat(101)}`],
  ['an attribute', { xattrs: { 'user.a=b%': 'dg==' } }, 'SCHILY.xattr.user.a%3Db%25=v'],
])('says %s in a record', (_, change, record) => {
  const header = memberHeader({ ...entry, ...change }, { storedBytes: 0 });
  expect(header.toString('latin1')).toContain(record);
});

test('a file beyond 8 GiB has its size in a record', () => {
  const header = memberHeader(entry, { storedBytes: 2 ** 33 });
  expect(header.toString('latin1')).toContain('size=8589934592');
});

test('writes an ACL as text with numeric ids', () => {
  const value = Buffer.from(
    'AgAAAAEABwD/////AgAGACEAAAAEAAUA/////xAABwD/////IAAFAP////8=',
    'base64',
  );
  expect(aclText(value)).toBe('user::rwx,user:33:rw-,group::r-x,mask::rwx,other::r-x');
});
