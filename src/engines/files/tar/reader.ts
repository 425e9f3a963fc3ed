/**
 * Reads an archive written by this engine from a descriptor, to its last byte. Whatever is not as it
 * was written throws IntegrityError `ARCHIVE_DAMAGED`.
 */
import { readSync } from 'node:fs';
import { IntegrityError } from '../../../core/errors.ts';
import type { BytePath } from '../tree/byte-path.ts';
import { blockBytes, padded } from './header.ts';

export interface Member {
  /** Without the slash of a directory; for a sparse file its real path. */
  readonly path: BytePath;
  readonly flag: string;
  readonly storedBytes: number;
  /** The size with holes; present when the contents begin with a sparse map. */
  readonly sparseBytes: number | undefined;
  /** All header blocks, as they were read. */
  readonly header: Buffer;
}

const capacity = 1 << 20;
/** Contents up to here are given in one piece. */
const wholeBytes = capacity / 4;

export class TarReader {
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(capacity);
  #start = 0;
  #end = 0;
  #remaining = 0;
  #padding = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** The next member, passing over what is left of the last; `undefined` at the proper end. */
  next(): Member | undefined {
    while (this.piece() !== undefined);
    const blocks: Buffer[] = [];
    let records: Records = {};
    for (;;) {
      const block = Buffer.from(this.#take(blockBytes));
      if (block[0] === 0) return this.#finish(block);
      checkSum(block);
      blocks.push(block);
      if (field(block, 156, 1) !== 'x') return this.#member(blocks, records);
      const body = Buffer.from(this.#take(padded(octal(block, 124, 12))));
      blocks.push(body);
      records = paxRecords(body.toString('latin1', 0, octal(block, 124, 12)));
    }
  }

  /** The next piece of the current member's contents, valid until the next call. */
  piece(): Buffer | undefined {
    if (this.#remaining === 0) {
      this.#take(this.#padding);
      this.#padding = 0;
      return undefined;
    }
    this.#need(this.#remaining <= wholeBytes ? this.#remaining : 1);
    const bytes = Math.min(this.#remaining, this.#end - this.#start);
    this.#remaining -= bytes;
    return this.#take(bytes);
  }

  #member(blocks: readonly Buffer[], records: Records): Member {
    const block = blocks.at(-1) ?? Buffer.alloc(blockBytes);
    const storedBytes = Number(records['size'] ?? octal(block, 124, 12));
    const realSize = records['GNU.sparse.realsize'];
    const path = records['GNU.sparse.name'] ?? records['path'] ?? field(block, 0, 100);
    const flag = field(block, 156, 1);
    this.#remaining = flag === '0' ? storedBytes : 0;
    this.#padding = padded(this.#remaining) - this.#remaining;
    return {
      path: path.replace(/(?<=.)\/$/, ''),
      flag,
      storedBytes,
      sparseBytes: realSize === undefined ? undefined : Number(realSize),
      header: Buffer.concat(blocks),
    };
  }

  /** Two empty blocks and nothing else. */
  #finish(first: Buffer): undefined {
    const second = this.#take(blockBytes);
    if (!isEmpty(first) || !isEmpty(second)) throw damaged('a header begins with zero');
    if (this.#end > this.#start || this.#fill()) throw damaged('bytes follow its end');
    return undefined;
  }

  #take(bytes: number): Buffer {
    this.#need(bytes);
    const taken = this.#buffer.subarray(this.#start, this.#start + bytes);
    this.#start += bytes;
    return taken;
  }

  #need(bytes: number): void {
    if (this.#end - this.#start >= bytes) return;
    if (bytes > capacity) throw damaged('a header of more than a mebibyte');
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    while (this.#end < bytes) if (!this.#fill()) throw damaged('it ends early');
  }

  #fill(): boolean {
    if (this.#end === capacity) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    const count = readSync(this.#fd, this.#buffer, this.#end, capacity - this.#end, null);
    this.#end += count;
    return count > 0;
  }
}

type Records = Readonly<Record<string, string>>;

function paxRecords(body: string): Records {
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

function checkSum(block: Buffer): void {
  let sum = 0;
  for (let i = 0; i < blockBytes; i++) sum += i >= 148 && i < 156 ? 0x20 : (block[i] ?? 0);
  if (sum !== octal(block, 148, 8)) throw damaged('a header with a wrong checksum');
}

const isEmpty = (block: Buffer): boolean => block.every((byte) => byte === 0);

const damaged = (seen: string): IntegrityError =>
  new IntegrityError(`The files archive is damaged: ${seen}`, {
    code: 'ARCHIVE_DAMAGED',
    hint: 'Restore an older set or one from a copy: `holdfast list` shows them.',
  });
