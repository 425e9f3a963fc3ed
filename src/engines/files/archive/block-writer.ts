/** Gathers small members into large writes to one descriptor. What is gathered can be taken back. */
import { writeSync } from 'node:fs';
import { blockBytes, padded } from '../tar/header.ts';

const capacity = 1 << 20;
/** Two empty blocks end an archive. */
const endBytes = 2 * blockBytes;

export class BlockWriter {
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(capacity);
  #used = 0;
  #written = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Whether a member of that size can be gathered whole; makes room for it. */
  holds(bytes: number): boolean {
    if (bytes > capacity) return false;
    if (this.#used + bytes > capacity) this.flush();
    return true;
  }

  get position(): number {
    return this.#used;
  }

  /** Bytes put so far, gathered or written. */
  get total(): number {
    return this.#written + this.#used;
  }

  /** Only between `holds` and the next write that does not fit. */
  takeBack(position: number): void {
    this.#used = position;
  }

  put(bytes: Buffer): void {
    if (bytes.length > capacity) {
      this.flush();
      this.#write(bytes);
      return;
    }
    if (this.#used + bytes.length > capacity) this.flush();
    bytes.copy(this.#buffer, this.#used);
    this.#used += bytes.length;
  }

  /** Lets `fill` write up to `bytes` in place; returns the piece it filled. */
  fill(bytes: number, fill: (target: Buffer) => number): Buffer {
    if (this.#used === capacity) this.flush();
    const target = this.#buffer.subarray(this.#used, Math.min(capacity, this.#used + bytes));
    const count = fill(target);
    this.#used += count;
    return target.subarray(0, count);
  }

  zeros(bytes: number): void {
    for (let left = bytes; left > 0; ) {
      left -= this.fill(left, (target) => target.fill(0).length).length;
    }
  }

  pad(contentBytes: number): void {
    this.zeros(padded(contentBytes) - contentBytes);
  }

  end(): void {
    this.zeros(endBytes);
    this.flush();
  }

  flush(): void {
    const used = this.#used;
    this.#used = 0;
    this.#write(this.#buffer.subarray(0, used));
  }

  #write(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) done += writeSome(this.#fd, bytes, done);
    this.#written += bytes.length;
  }
}

/** A pipe that another process set non-blocking answers EAGAIN while it is full. */
function writeSome(fd: number, bytes: Buffer, from: number): number {
  try {
    return writeSync(fd, bytes, from);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    pause(1);
    return 0;
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps without an event loop. */
export function pause(milliseconds: number): void {
  Atomics.wait(cell, 0, 0, milliseconds);
}
