/** What one append-only file holds beyond the end of another: found by the last commands that both have. */
import { type Command, nameOf, readCommands } from './commands.ts';

/** As many as these in a row are one place in a history; fewer, where the file has no more. */
const longestAnchor = 1000;

export type Beyond =
  | { readonly commands: readonly Command[] }
  /** Why nobody can tell. */
  | { readonly unknown: string };

/**
 * `last`: the end of what the replica has, `bytes`: the end of what the primary had. The place where the most of
 * `last` stands in a row is where the replica ended; two such places tell nothing.
 */
export function findBeyond(last: readonly Command[], lastBytes: Buffer, bytes: Buffer): Beyond {
  const anchor = last.slice(-longestAnchor).map(({ begin, end }) => lastBytes.subarray(begin, end));
  const final = anchor.at(-1);
  if (final === undefined) return { unknown: 'the replica’s file has no command yet' };
  const places: { readonly end: number; readonly matched: number }[] = [];
  for (let at = bytes.indexOf(final); at >= 0; at = bytes.indexOf(final, at + 1)) {
    places.push({ end: at + final.length, matched: matchBack(anchor, bytes, at + final.length) });
  }
  const most = Math.max(0, ...places.map(({ matched }) => matched));
  const [best, other] = places.filter(({ matched }) => matched === most);
  if (best === undefined) return { unknown: 'what the replica has last is not in the file' };
  if (other !== undefined)
    return { unknown: 'what the replica has last is in the file more than once' };
  return { commands: readCommands(bytes, best.end).all };
}

/** How many of `anchor`, from its end, stand before `end` in a row. */
function matchBack(anchor: readonly Buffer[], bytes: Buffer, end: number): number {
  let at = end;
  for (const [index, each] of anchor.toReversed().entries()) {
    at = beforeNotes(bytes, at);
    const begin = at - each.length;
    if (begin < 0 || !bytes.subarray(begin, at).equals(each)) return index;
    at = begin;
  }
  return anchor.length;
}

const note = /(?:\*2\r\n\$6\r\nSELECT\r\n\$\d+\r\n\d+\r\n|#TS:\d+\r\n)$/i;

/** Each side adds SELECT and time stamps for itself. */
function beforeNotes(bytes: Buffer, end: number): number {
  const found = note.exec(bytes.toString('latin1', Math.max(0, end - 48), end));
  return found === null ? end : beforeNotes(bytes, end - found[0].length);
}

/** A transaction counts as one, whatever is in it. */
export function unitsOf(commands: readonly Command[]): readonly (readonly Command[])[] {
  const units: Command[][] = [];
  let open: Command[] | undefined;
  for (const command of commands) {
    const name = nameOf(command);
    if (name === 'MULTI') open = [];
    else if (name === 'EXEC') open = void units.push(open ?? []);
    else if (open !== undefined) open.push(command);
    else units.push([command]);
  }
  return units;
}
