/** What the blocks of an archive say, however they are read. Throws IntegrityError `ARCHIVE_DAMAGED`. */
import { IntegrityError } from '../../../core/errors.ts';
import type { BytePath } from '../tree/byte-path.ts';
import { blockBytes } from './header.ts';

export interface Member {
  /** Without the slash of a directory; for a sparse file its real path. */
  readonly path: BytePath;
  readonly flag: string;
  readonly storedBytes: number;
  /** What follows the header, without padding: nothing where it is no file. */
  readonly contentBytes: number;
  /** The size with holes; present when the contents begin with a sparse map. */
  readonly sparseBytes: number | undefined;
  /** All header blocks, as they were read. */
  readonly header: Buffer;
}

/** `blocks` end with the member's own header. */
export function memberOf(blocks: readonly Buffer[], records: Records): Member {
  const block = blocks.at(-1) ?? Buffer.alloc(blockBytes);
  const storedBytes = Number(records['size'] ?? bodyBytes(block));
  const realSize = records['GNU.sparse.realsize'];
  const path = records['GNU.sparse.name'] ?? records['path'] ?? field(block, 0, 100);
  const flag = field(block, 156, 1);
  return {
    path: path.replace(/(?<=.)\/$/, ''),
    flag,
    storedBytes,
    contentBytes: flag === '0' ? storedBytes : 0,
    sparseBytes: realSize === undefined ? undefined : Number(realSize),
    header: Buffer.concat(blocks),
  };
}

export const isExtended = (block: Buffer): boolean => field(block, 156, 1) === 'x';
export const bodyBytes = (block: Buffer): number => octal(block, 124, 12);

export type Records = Readonly<Record<string, string>>;

export function paxRecords(body: string): Records {
  const records: Record<string, string> = {};
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(' ', at);
    const length = Number(body.slice(at, space));
    if (!(length > 0)) throw damaged('a malformed pax record');
    const record = body.slice(space + 1, at + length - 1);
    const cut = record.indexOf('=');
    records[record.slice(0, cut)] = record.slice(cut + 1);
    at += length;
  }
  return records;
}

function field(block: Buffer, offset: number, bytes: number): string {
  const text = block.toString('latin1', offset, offset + bytes);
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

const octal = (block: Buffer, offset: number, bytes: number): number =>
  Number.parseInt(field(block, offset, bytes), 8);

export function checkSum(block: Buffer): void {
  let sum = 0;
  for (let i = 0; i < blockBytes; i++) sum += i >= 148 && i < 156 ? 0x20 : (block[i] ?? 0);
  if (sum !== octal(block, 148, 8)) throw damaged('a header with a wrong checksum');
}

export const isEmpty = (block: Buffer): boolean => block.every((byte) => byte === 0);

export const damaged = (seen: string): IntegrityError =>
  new IntegrityError(`The files archive is damaged: ${seen}`, {
    code: 'ARCHIVE_DAMAGED',
    hint: 'Restore an older set or one from a copy: `holdfast list` shows them.',
  });
