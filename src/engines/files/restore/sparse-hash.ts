/** SHA-256 of a sparse member's real contents, from its map and data as they stream by. */
import { createHash } from 'node:crypto';
import { hashZeros } from '../archive/sparse.ts';
import { padded } from '../tar/header.ts';

export class SparseHash {
  readonly #digest = createHash('sha256');
  readonly #size: number;
  #head: Buffer = Buffer.alloc(0);
  #extents: { offset: number; bytes: number }[] | undefined;
  #position = 0;

  constructor(size: number) {
    this.#size = size;
  }

  update(piece: Buffer): void {
    if (this.#extents !== undefined) {
      this.#data(piece);
      return;
    }
    this.#head = Buffer.concat([this.#head, piece]);
    const map = parseMap(this.#head.toString('latin1'));
    if (map === undefined || padded(map.characters) > this.#head.length) return;
    this.#extents = map.extents;
    this.#data(this.#head.subarray(padded(map.characters)));
  }

  digest(): string {
    hashZeros(this.#digest, this.#size - this.#position);
    return this.#digest.digest('hex');
  }

  #data(piece: Buffer): void {
    for (let at = 0; at < piece.length; ) {
      const extent = this.#extents?.[0];
      if (extent === undefined) return;
      hashZeros(this.#digest, extent.offset - this.#position);
      const bytes = Math.min(extent.bytes, piece.length - at);
      this.#digest.update(piece.subarray(at, at + bytes));
      at += bytes;
      this.#position = extent.offset + bytes;
      if (bytes === extent.bytes) this.#extents?.shift();
      else this.#extents?.splice(0, 1, { offset: this.#position, bytes: extent.bytes - bytes });
    }
  }
}

interface SparseMap {
  readonly extents: { offset: number; bytes: number }[];
  readonly characters: number;
}

/** `undefined` while the map is not there to its end. */
function parseMap(text: string): SparseMap | undefined {
  const lines = text.split('\n', 1);
  const count = Number(lines[0]);
  const numbers = text.split('\n', 2 * count + 2);
  if (numbers.length < 2 * count + 2) return undefined;
  const extents = Array.from({ length: count }, (_, i) => ({
    offset: Number(numbers[2 * i + 1]),
    bytes: Number(numbers[2 * i + 2]),
  }));
  const listed = numbers.slice(0, 2 * count + 1);
  return { extents, characters: listed.join('\n').length + 1 };
}
