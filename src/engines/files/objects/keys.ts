/** Keys of objects as paths of a tree: any key has one, no two have the same, none leaves the tree. */
import { type BytePath, comparePaths, fromText, parentOf, rootPath } from '../tree/byte-path.ts';

/** A name of a file has at most 255 bytes. */
const longestName = 240;

/**
 * `a/b` stays. `%` is `%25` and NUL `%00`; an empty segment is `%`, a segment of dots has `%2E` for each; a long
 * one is cut into folders that end with `%+`.
 */
export const pathOfKey = (key: string): BytePath =>
  fromText(key).split('/').flatMap(namesOf).join('/');

function namesOf(segment: string): string[] {
  if (segment === '') return ['%'];
  const escaped = segment.replaceAll('%', '%25').replaceAll('\0', '%00');
  const names: string[] = [];
  for (let at = 0; at < escaped.length; at += longestName) {
    const piece = escaped.slice(at, at + longestName).replace(/^\.{1,2}$/, dotsEscaped);
    names.push(at + longestName < escaped.length ? `${piece}%+` : piece);
  }
  return names;
}

const dotsEscaped = (dots: string): string => dots.replaceAll('.', '%2E');

export interface Placed<T> {
  readonly path: BytePath;
  /** Absent: a directory. */
  readonly object?: T;
}

/** Files and the directories above them in walk order. An object that others lie below ends with `%`. */
export function treeOf<T extends { readonly key: string }>(objects: Iterable<T>): Placed<T>[] {
  const files = Array.from(objects, (object) => ({ path: pathOfKey(object.key), object }));
  const directories = new Set<BytePath>([rootPath]);
  for (const { path } of files) {
    for (let at = parentOf(path); !directories.has(at); at = parentOf(at)) directories.add(at);
  }
  const placed = files.map(({ path, object }) => ({
    path: directories.has(path) ? `${path}%` : path,
    object,
  }));
  const all: Placed<T>[] = [...[...directories].map((path) => ({ path })), ...placed];
  return all.sort((a, b) => comparePaths(a.path, b.path));
}
