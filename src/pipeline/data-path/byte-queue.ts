/** Reads from a stream of chunks by what is needed, not by how they came. Rejects when it ends too soon. */
export interface ByteQueue {
  /** Reads on until `decode` has enough, then drops the bytes that `length` says it used. */
  parse<T extends object>(
    decode: (bytes: Uint8Array) => T | false,
    length: (decoded: T) => number,
  ): Promise<T>;
  take(length: number): Promise<Buffer>;
  isAtEnd(): Promise<boolean>;
}

export function byteQueue(source: AsyncIterable<Uint8Array>): ByteQueue {
  const iterator = source[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  const nextChunk = async (): Promise<Buffer | undefined> => {
    const { value, done } = await iterator.next();
    return done ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  };
  const neededChunk = async (): Promise<Buffer> => {
    const chunk = await nextChunk();
    if (!chunk) throw new Error('it is cut short');
    return chunk;
  };
  return {
    async parse(decode, length) {
      for (;;) {
        const decoded = held.length > 0 && decode(held);
        if (decoded) {
          held = held.subarray(length(decoded));
          return decoded;
        }
        const chunk = await neededChunk();
        held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      }
    },
    async take(length) {
      const pieces: Buffer[] = [];
      let missing = length;
      while (missing > held.length) {
        pieces.push(held);
        missing -= held.length;
        held = await neededChunk();
      }
      const last = held.subarray(0, missing);
      held = held.subarray(missing);
      return pieces.length === 0 ? last : Buffer.concat([...pieces, last], length);
    },
    async isAtEnd() {
      while (held.length === 0) {
        const chunk = await nextChunk();
        if (!chunk) return true;
        held = chunk;
      }
      return false;
    },
  };
}
