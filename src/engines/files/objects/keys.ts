/** Keys of objects as paths of a tree: any key has one, no two have the same, none leaves the tree. */
import { type BytePath, fromText } from '../tree/byte-path.ts';

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
