/** Work that goes on beside: so much of it at once, and who brings more waits. */
import type { FilesContext } from '../tools.ts';
import { requestsAtOnce } from './client.ts';
import { partBytes } from './reading.ts';

export interface RoomSize {
  /** A single larger one has the room to itself. */
  readonly bytes: number;
  readonly count: number;
}

/** What the limits of the configuration mean for objects: small ones wait more than they work. */
export const roomSize = ({ limits }: FilesContext): RoomSize => ({
  bytes: limits.concurrency * partBytes,
  count: requestsAtOnce(limits),
});

export class Room {
  readonly #size: RoomSize;
  readonly #running = new Set<Promise<void>>();
  #bytes = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(size: RoomSize) {
    this.#size = size;
  }

  /** Resolves when the work has begun. Throws what an earlier one failed with. */
  async enter(bytes: number, work: () => Promise<void>): Promise<void> {
    while (this.#isFull(bytes)) await Promise.race(this.#running);
    this.#complain();
    this.#bytes += bytes;
    const running: Promise<void> = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#bytes -= bytes;
        this.#running.delete(running);
      });
    this.#running.add(running);
  }

  /** Resolves when all of it has ended. Throws what the first failed with. */
  async leave(): Promise<void> {
    await this.settled();
    this.#complain();
  }

  /** As `leave`, whatever became of it. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  #isFull(bytes: number): boolean {
    if (this.#running.size === 0) return false;
    return this.#running.size >= this.#size.count || this.#bytes + bytes > this.#size.bytes;
  }

  #complain(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
