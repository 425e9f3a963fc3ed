/** Extended attributes, POSIX ACLs included, as `getfattr -R -d -m - -h -P -e base64 .` lists them. */
import { readFileSync } from 'node:fs';
import type { BytePath } from './byte-path.ts';

/** Values in base64, by attribute name (bytes, as in `BytePath`). */
export type Xattrs = Readonly<Record<string, string>>;
export type XattrTable = ReadonlyMap<BytePath, Xattrs>;

export const getfattrArguments = ['-R', '-d', '-m', '-', '-h', '-P', '-e', 'base64', '.'] as const;

const heading = '# file: ';

/** Blocks of a heading and `name=0sVALUE` lines; an empty value may lack the `=`. */
export function parseXattrs(listing: string): XattrTable {
  const table = new Map<BytePath, Xattrs>();
  for (const block of listing.split('\n\n')) {
    const [head, ...lines] = block.split('\n').filter((line) => line !== '');
    if (!head?.startsWith(heading)) continue;
    table.set(unescapeOctal(head.slice(heading.length)), Object.fromEntries(lines.map(attribute)));
  }
  return table;
}

function attribute(line: string): [name: string, value: string] {
  const [name = '', ...value] = line.split('=');
  return [unescapeOctal(name), value.join('=').replace(/^0s/, '')];
}

export const readXattrs = (file: string | undefined): XattrTable =>
  file === undefined ? new Map() : parseXattrs(readFileSync(file, 'latin1'));

const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
