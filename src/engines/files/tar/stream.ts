/** Reads an archive of this engine from a stream of this process, to its last byte; else as `TarReader`. */
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

const largestHeader = 1 << 20;

export class TarStream {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #remaining = 0;
  #padding = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next member, passing over what is left of the last; `undefined` at the proper end. */
  async next(): Promise<Member | undefined> {
    while ((await this.piece()) !== undefined);
    await this.#take(this.#padding);
    const blocks: Buffer[] = [];
    let records: Records = {};
    for (;;) {
      const block = await this.#take(blockBytes);
      if (block[0] === 0) return this.#finish(block);
      checkSum(block);
      blocks.push(block);
      if (!isExtended(block)) return this.#member(blocks, records);
      const bytes = bodyBytes(block);
      if (bytes > largestHeader) throw damaged('a header of more than a mebibyte');
      const body = await this.#take(padded(bytes));
      blocks.push(body);
      records = paxRecords(body.toString('latin1', 0, bytes));
    }
  }

  /** The next piece of the current member's contents. */
  async piece(): Promise<Uint8Array | undefined> {
    if (this.#remaining === 0) return undefined;
    if (this.#chunk.length === 0 && !(await this.#fill())) throw damaged('it ends early');
    return this.#cut(this.#remaining);
  }

  /** Whole parts of `bytes`, the last one shorter; at least one. */
  async *parts(bytes: number): AsyncGenerator<Buffer> {
    do {
      const part = Buffer.allocUnsafe(Math.min(bytes, this.#remaining));
      let filled = 0;
      while (filled < part.length) {
        if (this.#chunk.length === 0 && !(await this.#fill())) throw damaged('it ends early');
        const piece = this.#cut(part.length - filled);
        part.set(piece, filled);
        filled += piece.length;
      }
      yield part;
    } while (this.#remaining > 0);
  }

  /** Lets go of the source: for who does not read to the end. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  #member(blocks: readonly Buffer[], records: Records): Member {
    const member = memberOf(blocks, records);
    this.#remaining = member.contentBytes;
    this.#padding = padded(this.#remaining) - this.#remaining;
    return member;
  }

  /** Two empty blocks and nothing else. */
  async #finish(first: Buffer): Promise<undefined> {
    const second = await this.#take(blockBytes);
    if (!isEmpty(first) || !isEmpty(second)) throw damaged('a header begins with zero');
    if (this.#chunk.length > 0 || (await this.#fill())) throw damaged('bytes follow its end');
    return undefined;
  }

  /** At most `bytes` of the contents that are here. */
  #cut(bytes: number): Uint8Array {
    const piece = this.#chunk.subarray(0, Math.min(bytes, this.#remaining));
    this.#chunk = this.#chunk.subarray(piece.length);
    this.#remaining -= piece.length;
    return piece;
  }

  /** Exactly `bytes`, copied. */
  async #take(bytes: number): Promise<Buffer> {
    const taken = Buffer.allocUnsafe(bytes);
    for (let filled = 0; filled < bytes; ) {
      if (this.#chunk.length === 0 && !(await this.#fill())) throw damaged('it ends early');
      const piece = this.#chunk.subarray(0, bytes - filled);
      taken.set(piece, filled);
      filled += piece.length;
      this.#chunk = this.#chunk.subarray(piece.length);
    }
    return taken;
  }

  async #fill(): Promise<boolean> {
    for (;;) {
      const { value, done } = await this.#source.next();
      if (done) return false;
      this.#chunk = value;
      if (value.length > 0) return true;
    }
  }
}
