/**
 * Reads from a stream of chunks by what is needed, not by how they came, and gives the memory of each
 * chunk back when it is used up. Rejects when the stream ends too soon.
 */
import { release } from './memory.ts';

export interface ByteQueue {
  /** Reads on until `decode` has enough, then drops the bytes that `length` says it used. */
  parse<T extends object>(
    decode: (bytes: Uint8Array) => T | false,
    length: (decoded: T) => number,
  ): Promise<T>;
  /** Fills `target`. */
  fill(target: Buffer): Promise<Buffer>;
  isAtEnd(): Promise<boolean>;
}

/** More than a frame's header; that of a message is looked for in twice as much each time. */
const firstLook = 64;

const cutShort = (): Error => new Error('it is cut short');

export function byteQueue(source: AsyncIterable<Uint8Array>): ByteQueue {
  const iterator = source[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array();
  let at = 0;
  const next = async (): Promise<boolean> => {
    const { value, done } = await iterator.next();
    if (done) return false;
    release(chunk);
    [chunk, at] = [value, 0];
    return true;
  };
  /** Puts the next chunk behind what is left of this one. */
  const more = async (): Promise<boolean> => {
    const left = Buffer.from(chunk.subarray(at));
    if (!(await next())) return false;
    if (left.length > 0) chunk = Buffer.concat([left, chunk]);
    return true;
  };
  /** A copy of what comes next: what is decoded keeps views of it, and chunks are given back. */
  const look = async (size: number): Promise<Buffer> => {
    while (chunk.length - at < size && (await more()));
    if (at === chunk.length) throw cutShort();
    return Buffer.from(chunk.subarray(at, at + size));
  };
  return {
    async parse(decode, length) {
      for (let size = firstLook; ; size *= 2) {
        const seen = await look(size);
        const decoded = decode(seen);
        if (decoded) {
          at += length(decoded);
          return decoded;
        }
        if (seen.length < size) throw cutShort();
      }
    },
    async fill(target) {
      let filled = 0;
      while (filled < target.length) {
        while (at === chunk.length) if (!(await next())) throw cutShort();
        const taken = Math.min(target.length - filled, chunk.length - at);
        target.set(chunk.subarray(at, at + taken), filled);
        filled += taken;
        at += taken;
      }
      return target;
    },
    async isAtEnd() {
      while (at === chunk.length) if (!(await next())) return true;
      return false;
    },
  };
}
