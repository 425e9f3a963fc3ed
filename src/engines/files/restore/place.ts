/**
 * Step `place`: moves a restored and compared tree into a directory that stays (part of it is restored,
 * or it is a mount point). Every move is a rename and is undone when a later one fails.
 */
import {
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
} from 'node:fs';
import { TargetError } from '../../../core/errors.ts';
import { type BytePath, fsName, textOf } from '../tree/byte-path.ts';
import { isSystemError } from '../tree/walk.ts';
import type { PlaceJob } from './job.ts';

export interface Placed {
  readonly placed: number;
  readonly replaced: number;
}

export function place(job: PlaceJob): Placed {
  mkdirSync(job.aside, { mode: 0o700 });
  const placement = new Placement(job);
  try {
    placement.run();
  } catch (error) {
    placement.undo();
    throw isSystemError(error) ? refused(job.target, error) : error;
  } finally {
    placement.close();
  }
  return placement.counts;
}

class Placement {
  readonly counts = { placed: 0, replaced: 0 };
  readonly #job: PlaceJob;
  readonly #opened: number[] = [];
  readonly #undoSteps: (() => void)[] = [];

  constructor(job: PlaceJob) {
    this.#job = job;
  }

  run(): void {
    const { staging, target, whole } = this.#job;
    const to = this.#open(target);
    if (whole) this.#clear(to);
    this.#merge(this.#open(staging), to);
  }

  undo(): void {
    for (const step of this.#undoSteps.reverse()) step();
  }

  close(): void {
    for (const fd of this.#opened) closeSync(fd);
  }

  #clear(to: number): void {
    for (const name of namesIn(to)) {
      if (!this.#job.keep.includes(name)) this.#moveAside(inside(to, name));
    }
  }

  #merge(from: number, to: number): void {
    for (const name of namesIn(from)) {
      const source = inside(from, name);
      const destination = inside(to, name);
      const there = lstatSync(fsName(destination), { throwIfNoEntry: false });
      const both = there?.isDirectory() && lstatSync(fsName(source)).isDirectory();
      if (both) this.#merge(this.#open(source), this.#open(destination));
      else this.#put({ name, source, destination, exists: there !== undefined });
    }
  }

  #put({ name, source, destination, exists }: Move): void {
    if (exists) {
      if (!this.#job.overwrite) throw occupied(textOf(name));
      this.#moveAside(destination);
      this.counts.replaced++;
    }
    this.#move(source, destination);
    this.counts.placed++;
  }

  #moveAside(path: BytePath): void {
    this.#move(path, `${this.#job.aside}/${this.#undoSteps.length}`);
  }

  #move(from: BytePath, to: BytePath): void {
    renameAny(from, to);
    this.#undoSteps.push(() => renameAny(to, from));
  }

  /** Stays open to the end: a later step may have to undo a move in it. */
  #open(path: BytePath): number {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
    const fd = openSync(fsName(path), flags);
    this.#opened.push(fd);
    return fd;
  }
}

interface Move {
  readonly name: BytePath;
  readonly source: BytePath;
  readonly destination: BytePath;
  readonly exists: boolean;
}

/** A path through the opened directory, whatever happens to its name. */
const inside = (fd: number, name: BytePath): BytePath => `/proc/self/fd/${fd}/${name}`;

const namesIn = (fd: number): BytePath[] =>
  readdirSync(`/proc/self/fd/${fd}`, { encoding: 'latin1' }).sort();

/** Moving a directory writes its `..`, which needs its own write permission unless one is root. */
function renameAny(from: BytePath, to: BytePath): void {
  const stats = lstatSync(fsName(from));
  const locked = stats.isDirectory() && (stats.mode & 0o200) === 0;
  if (locked) chmodSync(fsName(from), stats.mode | 0o200);
  renameSync(fsName(from), fsName(to));
  if (locked) chmodSync(fsName(to), stats.mode);
}

const refused = (target: string, cause: NodeJS.ErrnoException): TargetError =>
  new TargetError(`${target} did not take the restored files, all is as it was: ${cause.message}`, {
    code: 'TARGET_DENIED',
    hint: 'Run Holdfast as a user who may write there, or restore elsewhere with --to.',
    cause,
  });

const occupied = (path: string): TargetError =>
  new TargetError(`Something is in the place of a file to restore: ${path}`, {
    code: 'TARGET_NOT_EMPTY',
    hint: 'Add --overwrite to replace it, or --to another directory.',
  });
