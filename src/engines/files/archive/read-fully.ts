import { readSync } from 'node:fs';

/** Reads until the target is full or the file ends; from `position`, or from where the file stands. */
export function readFully(fd: number, target: Buffer, position?: number): number {
  let done = 0;
  while (done < target.length) {
    const at = position === undefined ? null : position + done;
    const count = readSync(fd, target, done, target.length - done, at);
    if (count === 0) break;
    done += count;
  }
  return done;
}
