import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeEntry,
  encodeEntry,
  entryTypes,
  type IndexEntry,
  lineInSet,
} from '../../../../src/engines/files/index/entry.ts';
import { isContained } from '../../../../src/engines/files/tree/byte-path.ts';

const bytes = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((raw) => Buffer.from(raw).toString('latin1'))
  .filter(isContained);
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

const entries: fc.Arbitrary<IndexEntry> = fc.record({
  path: bytes,
  type: fc.constantFrom(...entryTypes),
  mode: fc.nat(0o7777),
  uid: fc.nat(2 ** 31),
  gid: fc.nat(2 ** 31),
  size: fc.maxSafeNat(),
  mtime: int64,
  ctime: int64,
  inode: int64,
  device: int64,
  target: bytes,
  set: fc.option(fc.constant('20261121T020000Z-daily-1a2b3c4d'), { nil: undefined }),
  xattrs: fc.option(fc.constant({ 'user.k': 'dg==' }), { nil: undefined }),
  unsettled: fc.constantFrom(true, undefined),
});

test('an entry survives its line, whatever the bytes of its names', () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const line = encodeEntry(entry);
      expect(line).not.toContain('\n');
      expect(decodeEntry(line)).toEqual(entry);
    }),
  );
});

test('a line moved into a set is the one that would be written', () => {
  fc.assert(
    fc.property(entries, ({ unsettled: _, ...entry }) => {
      const set = entry.set ?? '20261122T020000Z-daily-5e6f7a8b';
      expect(lineInSet(encodeEntry(entry), entry, set)).toBe(encodeEntry({ ...entry, set }));
    }),
  );
});

const line = { mode: '644', mtime: '0', ctime: '0', inode: '1', device: '1', type: 'file' };

test.each([
  [{ ...line, path: '../etc/passwd' }, /leaves its tree/],
  [{ ...line, path: '/etc/passwd' }, /leaves its tree/],
  [{ ...line, path64: Buffer.from('a/../../b').toString('base64') }, /leaves its tree/],
  [{ ...line, path: 'a', type: 'hardlink', target: '../../etc/shadow' }, /link leaves its tree/],
  [{ ...line, path: 'a', type: 'portal' }, /unknown type/],
])('refuses the line %j', (wrong, reason) => {
  expect(() => decodeEntry(JSON.stringify(wrong))).toThrow(reason);
});
