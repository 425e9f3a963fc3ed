/**
 * Picks entries of a tree in walk order: what a pattern matches, everything below a directory that
 * it matches, and the directories that lead there.
 */
import { type BytePath, rootPath } from './byte-path.ts';
import type { PathMatcher } from './patterns.ts';

export interface Candidate {
  readonly path: BytePath;
  readonly type: string;
}

export class Selection<T extends Candidate> {
  readonly #matches: PathMatcher;
  #waiting: T[] = [];
  #under: BytePath | undefined;

  constructor(matches: PathMatcher) {
    this.#matches = matches;
  }

  /** Whether the entry itself is wanted, not only a way to others. */
  wants({ path, type }: Candidate): boolean {
    if (this.#under !== undefined && isBelow(path, this.#under)) return true;
    if (!this.#matches(path)) return false;
    if (type === 'directory') this.#under = path;
    return true;
  }

  /** A directory that is not wanted itself: kept until something below it is. */
  postpone(directory: T): void {
    this.#waiting = this.#waiting.filter(({ path }) => isBelow(directory.path, path));
    this.#waiting.push(directory);
  }

  /** The postponed directories that lead to `path`, outermost first; each is given once. */
  waysTo(path: BytePath): T[] {
    const ways = this.#waiting.filter((directory) => isBelow(path, directory.path));
    this.#waiting = [];
    return ways;
  }
}

const isBelow = (path: BytePath, directory: BytePath): boolean =>
  directory === rootPath ? path !== rootPath : path.startsWith(`${directory}/`);
