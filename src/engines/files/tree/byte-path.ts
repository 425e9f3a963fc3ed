/**
 * Paths are bytes. Inside this engine a path is a string with one character per byte (latin1), so
 * that names of any encoding survive, compare in byte order and join without copies.
 */
import { isUtf8 } from 'node:buffer';

export type BytePath = string;

/** The tree's root, relative to itself. */
export const rootPath: BytePath = '.';

const slash = 0x2f;
const asciiOnly = /^[\x20-\x7e]*$/;

export const bytesOf = (path: BytePath): Buffer => Buffer.from(path, 'latin1');

/** What `node:fs` takes: a plain string where that means the same bytes. */
export const fsName = (path: BytePath): string | Buffer =>
  asciiOnly.test(path) ? path : bytesOf(path);

export const fromText = (text: string): BytePath =>
  asciiOnly.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');

/** The text of valid UTF-8, `undefined` otherwise. */
export function utf8Of(path: BytePath): string | undefined {
  if (asciiOnly.test(path)) return path;
  const bytes = bytesOf(path);
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** Lossless text for patterns and messages: UTF-8 where valid, else one character per byte. */
export const textOf = (path: BytePath): string => utf8Of(path) ?? path;

export const joinPath = (parent: BytePath, name: BytePath): BytePath =>
  parent === rootPath ? name : `${parent}/${name}`;

export function parentOf(path: BytePath): BytePath {
  const cut = path.lastIndexOf('/');
  return cut === -1 ? rootPath : path.slice(0, cut);
}

export const nameOf = (path: BytePath): BytePath => path.slice(path.lastIndexOf('/') + 1);

/**
 * The order of a depth-first walk over byte-sorted names: the root first, then as if `/` sorted
 * before every other byte.
 */
export function comparePaths(a: BytePath, b: BytePath): number {
  if (a === b) return 0;
  if (a === rootPath) return -1;
  if (b === rootPath) return 1;
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at === length ? a.length - b.length : rank(a, at) - rank(b, at);
}

function rank(path: BytePath, at: number): number {
  const code = path.charCodeAt(at);
  return code === slash ? 0 : code;
}

/** Relative, without empty, `.` or `..` segments and without NUL: it cannot leave its root. */
export function isContained(path: BytePath): boolean {
  if (path === rootPath) return true;
  if (path === '' || path.includes('\0')) return false;
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}
