/**
 * Reads an archive written by this engine from a descriptor, to its last byte. Whatever is not as it
 * was written throws IntegrityError `ARCHIVE_DAMAGED`.
 */
import { readSync } from 'node:fs';
import { blockBytes, padded } from './header.ts';
import {
  bodyBytes,
  checkSum,
  damaged,
  isEmpty,
  isExtended,
  type Member,
  memberOf,
  paxRecords,
  type Records,
} from './parse.ts';

export type { Member } from './parse.ts';

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
      if (!isExtended(block)) return this.#member(blocks, records);
      const body = Buffer.from(this.#take(padded(bodyBytes(block))));
      blocks.push(body);
      records = paxRecords(body.toString('latin1', 0, bodyBytes(block)));
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
    const member = memberOf(blocks, records);
    this.#remaining = member.contentBytes;
    this.#padding = padded(this.#remaining) - this.#remaining;
    return member;
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
