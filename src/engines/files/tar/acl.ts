/** POSIX ACLs between the kernel's attribute value (linux/posix_acl_xattr.h, version 2) and text. */
const tags: Readonly<Record<number, string>> = {
  1: 'user:',
  2: 'user:',
  4: 'group:',
  8: 'group:',
  16: 'mask:',
  32: 'other:',
};
const named = new Set([2, 8]);

/** `user::rw-,user:1000:r--,…`, ids as numbers, as GNU tar writes and reads it. */
export function aclText(value: Buffer): string {
  const entries: string[] = [];
  for (let at = 4; at + 8 <= value.length; at += 8) {
    const tag = value.readUInt16LE(at);
    const bits = value.readUInt16LE(at + 2);
    const id = named.has(tag) ? String(value.readUInt32LE(at + 4)) : '';
    entries.push(`${tags[tag] ?? ''}${id}:${permissions(bits)}`);
  }
  return entries.join(',');
}

const permissions = (bits: number): string =>
  `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${bits & 1 ? 'x' : '-'}`;
