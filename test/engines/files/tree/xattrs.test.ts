import { expect, test } from 'vitest';
import { parseXattrs } from '../../../../src/engines/files/tree/xattrs.ts';

test('reads what getfattr writes, with its escapes', () => {
  const listing = [
    '# file: a\\012b\\134c',
    'user.empty=0s',
    'user.k\\075\\012=0sdg==',
    '',
    '# file: .',
    'system.posix_acl_access=0sAgAAAA==',
    '',
    '',
  ].join('\n');
  expect([...parseXattrs(listing)]).toEqual([
    ['a\nb\\c', { 'user.empty': '', 'user.k=\n': 'dg==' }],
    ['.', { 'system.posix_acl_access': 'AgAAAA==' }],
  ]);
});

test('a tree without attributes has none', () => {
  expect(parseXattrs('').size).toBe(0);
});
