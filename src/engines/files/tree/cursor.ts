/**
 * Moves the process's working directory through a tree, one opened directory at a time. Names are
 * resolved against the directory that was opened, so a directory swapped for a symbolic link is
 * never followed and no path is too long. Only for programs of their own: the directory is the process's.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { type BytePath, fsName, joinPath, rootPath } from './byte-path.ts';

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY;

export class TreeCursor {
  readonly #levels: { readonly fd: number; readonly path: BytePath }[] = [];

  constructor(root: string) {
    this.#push(openSync(root, directoryFlags), rootPath);
  }

  get path(): BytePath {
    return this.#levels.at(-1)?.path ?? rootPath;
  }

  /** Throws what open(2) says: ELOOP or ENOTDIR where `name` is not a real directory. */
  enter(name: BytePath): void {
    const fd = openSync(fsName(name), directoryFlags | constants.O_NOFOLLOW);
    this.#push(fd, joinPath(this.path, name));
  }

  leave(): void {
    const level = this.#levels.pop();
    if (level !== undefined) closeSync(level.fd);
    this.#stay();
  }

  /** Climbs to the common ancestor, then enters each segment of `path`. */
  moveTo(path: BytePath): void {
    while (!contains(this.path, path)) this.leave();
    if (this.path === path) return;
    const rest = this.path === rootPath ? path : path.slice(this.path.length + 1);
    for (const name of rest.split('/')) this.enter(name);
  }

  close(): void {
    process.chdir('/');
    for (const { fd } of this.#levels.splice(0)) closeSync(fd);
  }

  #push(fd: number, path: BytePath): void {
    this.#levels.push({ fd, path });
    this.#stay();
  }

  #stay(): void {
    const level = this.#levels.at(-1);
    if (level !== undefined) process.chdir(`/proc/self/fd/${level.fd}`);
  }
}

const contains = (directory: BytePath, path: BytePath): boolean =>
  directory === rootPath || path === directory || path.startsWith(`${directory}/`);
