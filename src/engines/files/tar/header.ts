/**
 * One member's header: ustar, with a pax extended header where ustar cannot say it (nanoseconds,
 * long or multi-line names, large numbers, extended attributes, sparse maps). POSIX.1-2001, pax.
 */
import type { EntryType, IndexEntry } from '../index/entry.ts';
import { type BytePath, nameOf, rootPath } from '../tree/byte-path.ts';
import type { Xattrs } from '../tree/xattrs.ts';
import { aclText } from './acl.ts';

export const blockBytes = 512;
export const padded = (bytes: number): number => Math.ceil(bytes / blockBytes) * blockBytes;

const typeFlags: Readonly<Record<Exclude<EntryType, 'socket'>, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

export interface MemberOptions {
  /** Bytes that follow the header; not the size of a sparse file. */
  readonly storedBytes: number;
  /** Present: the contents begin with a GNU 1.0 sparse map. */
  readonly sparse?: boolean;
}

/** All header blocks of a member. A socket has none. */
export function memberHeader(entry: IndexEntry, options: MemberOptions): Buffer {
  const name = memberName(entry, options.sparse ?? false);
  const records = paxRecords(entry, options);
  const fields = ustarFields(entry, options);
  const body = records === '' ? 0 : blockBytes + padded(records.length);
  const header = Buffer.alloc(body + blockBytes);
  if (body > 0) {
    const extendedName = `PaxHeaders/${nameOf(entry.path)}`;
    writeUstar(header, 0, { ...extendedFields, name: extendedName, size: records.length });
    header.write(records, blockBytes, 'latin1');
  }
  writeUstar(header, body, { ...fields, name });
  return header;
}

const extendedFields = {
  flag: 'x',
  mode: 0o644,
  uid: 0,
  gid: 0,
  seconds: 0,
  link: '',
  numbers: [0, 0],
} as const;

function memberName(entry: IndexEntry, sparse: boolean): BytePath {
  if (entry.path === rootPath) return './';
  if (entry.type === 'directory') return `${entry.path}/`;
  if (!sparse) return entry.path;
  const cut = entry.path.length - nameOf(entry.path).length;
  return `${entry.path.slice(0, cut)}GNUSparseFile.0/${entry.path.slice(cut)}`;
}

const nameBytes = 100;
const largestId = 0o7777777;
const largestOctal = 0o77777777777;
const billion = 1_000_000_000n;

function paxRecords(entry: IndexEntry, options: MemberOptions): string {
  const name = memberName(entry, options.sparse ?? false);
  const link = entry.target ?? '';
  return [
    isOctalTime(entry.mtime) ? '' : paxRecord('mtime', decimalSeconds(entry.mtime)),
    name.length > nameBytes ? paxRecord('path', name) : '',
    link.length > nameBytes ? paxRecord('linkpath', link) : '',
    entry.uid > largestId ? paxRecord('uid', String(entry.uid)) : '',
    entry.gid > largestId ? paxRecord('gid', String(entry.gid)) : '',
    options.storedBytes > largestOctal ? paxRecord('size', String(options.storedBytes)) : '',
    options.sparse ? sparseRecords(entry) : '',
    entry.xattrs === undefined ? '' : xattrRecords(entry.xattrs),
  ].join('');
}

const sparseRecords = (entry: IndexEntry): string =>
  paxRecord('GNU.sparse.major', '1') +
  paxRecord('GNU.sparse.minor', '0') +
  paxRecord('GNU.sparse.name', entry.path) +
  paxRecord('GNU.sparse.realsize', String(entry.size));

const aclRecords: Readonly<Record<string, string>> = {
  'system.posix_acl_access': 'SCHILY.acl.access',
  'system.posix_acl_default': 'SCHILY.acl.default',
};

/** ACLs go as text, which GNU tar restores with `--acls`; the rest with `--xattrs`. */
function xattrRecords(xattrs: Xattrs): string {
  let records = '';
  for (const [name, value] of Object.entries(xattrs)) {
    const bytes = Buffer.from(value, 'base64');
    const acl = aclRecords[name];
    records +=
      acl === undefined
        ? paxRecord(`SCHILY.xattr.${escapeKeyword(name)}`, bytes.toString('latin1'))
        : paxRecord(acl, aclText(bytes));
  }
  return records;
}

/** GNU tar's own escape: a keyword ends at the first `=`. */
const escapeKeyword = (name: string): string => name.replace(/%/g, '%25').replace(/=/g, '%3D');

/** `"<length> <key>=<value>\n"`, the length counting itself. */
export function paxRecord(key: string, value: string): string {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

/** Whole seconds that the header itself can say. */
const isOctalTime = (nanoseconds: bigint): boolean =>
  nanoseconds % billion === 0n && headerSeconds(nanoseconds) * 1e9 === Number(nanoseconds);

function headerSeconds(nanoseconds: bigint): number {
  const seconds = Number(nanoseconds / billion);
  return seconds >= 0 && seconds <= largestOctal ? seconds : 0;
}

export function decimalSeconds(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : '';
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const fraction = size % billion;
  const whole = `${sign}${size / billion}`;
  return fraction === 0n ? whole : `${whole}.${String(fraction).padStart(9, '0')}`;
}

interface UstarFields {
  readonly name: BytePath;
  readonly flag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly seconds: number;
  readonly link: BytePath;
  readonly numbers: readonly [number, number];
}

const ustarFields = (
  entry: IndexEntry,
  { storedBytes }: MemberOptions,
): Omit<UstarFields, 'name'> => ({
  flag: entry.type === 'socket' ? '' : typeFlags[entry.type],
  mode: entry.mode,
  uid: entry.uid > largestId ? 0 : entry.uid,
  gid: entry.gid > largestId ? 0 : entry.gid,
  size: storedBytes > largestOctal ? 0 : storedBytes,
  seconds: headerSeconds(entry.mtime),
  link: entry.target ?? '',
  numbers: entry.numbers ?? [0, 0],
});

/** Names longer than their field are cut: a pax record says them whole. */
function writeUstar(header: Buffer, at: number, fields: UstarFields): void {
  const write = (text: string, offset: number) => header.write(text, at + offset, 'latin1');
  write(fields.name.slice(0, nameBytes), 0);
  write(
    `${octal(fields.mode, 7)}\0${octal(fields.uid, 7)}\0${octal(fields.gid, 7)}\0` +
      `${octal(fields.size, 11)}\0${octal(fields.seconds, 11)}\0        ${fields.flag}`,
    100,
  );
  write(fields.link.slice(0, nameBytes), 157);
  write('ustar\u000000', 257);
  write(`${octal(fields.numbers[0], 7)}\0${octal(fields.numbers[1], 7)}`, 329);
  let sum = 0;
  for (let i = at; i < at + blockBytes; i++) sum += header[i] ?? 0;
  write(`${octal(sum, 6)}\0`, 148);
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
