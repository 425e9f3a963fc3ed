/**
 * Names of tables as people write them in a configuration or after `--only`.
 *
 * `*` and `?` are wildcards, `.` parts schema and table, `/` parts database and the rest. Anything
 * between double quotes is taken literally (`"my.schema"."50%*"`; a double quote is written twice).
 * Names are compared exactly: no folding to lower case.
 */

/** One part of a pattern: `text` is literal, `anyText` is `*`, `anyCharacter` is `?`. */
interface Segments {
  readonly parts: readonly string[];
  /** The separator before each part but the first. */
  readonly separators: readonly string[];
}

export interface TablePattern {
  readonly text: string;
  matches(schema: string, table: string): boolean;
}

/** `schema.table`. Throws a plain Error that says what a pattern looks like. */
export function parseTablePattern(text: string): TablePattern {
  const { parts, separators } = split(text, '.');
  const [schema, table] = parts;
  if (schema === undefined || table === undefined || separators.length !== 1) {
    throw new Error(tablePatternRule);
  }
  return tablePattern(text, schema, table);
}

export const tablePatternRule =
  'a table pattern is schema.table, such as audit.*_tmp; names that hold dots or stars go in double quotes';

export interface OnlyPattern {
  readonly text: string;
  matchesDatabase(database: string): boolean;
  /** Absent: the whole database. */
  readonly table?: TablePattern;
  /** The schema as a whole (`schema.*`): what lies in it beside tables too. */
  readonly wholeSchema: boolean;
  matchesSchema(schema: string): boolean;
}

/** `database`, `schema.*`, `schema.table`, `database/*`, `database/schema.table`. */
export function parseOnlyPattern(text: string): OnlyPattern {
  const { parts, separators } = split(text, './');
  const shape = separators.join('');
  const [first = '', second = '', third = ''] = parts;
  if (shape === '' || (shape === '/' && second === '.*')) return wholeDatabase(text, first);
  if (shape === '.') return insideDatabase(text, { database: '.*', schema: first, table: second });
  if (shape === '/.')
    return insideDatabase(text, { database: first, schema: second, table: third });
  throw new Error(onlyPatternRule);
}

export const onlyPatternRule =
  'a pattern is database, schema.*, schema.table or database/schema.table; names that hold dots, slashes or stars go in double quotes';

function wholeDatabase(text: string, database: string): OnlyPattern {
  const regex = anchored(database);
  return {
    text,
    wholeSchema: false,
    matchesDatabase: (name) => regex.test(name),
    matchesSchema: () => true,
  };
}

function insideDatabase(
  text: string,
  parts: { database: string; schema: string; table: string },
): OnlyPattern {
  const database = anchored(parts.database);
  const schema = anchored(parts.schema);
  return {
    text,
    table: tablePattern(text, parts.schema, parts.table),
    wholeSchema: parts.table === '.*',
    matchesDatabase: (name) => database.test(name),
    matchesSchema: (name) => schema.test(name),
  };
}

function tablePattern(text: string, schema: string, table: string): TablePattern {
  const schemaRegex = anchored(schema);
  const tableRegex = anchored(table);
  return { text, matches: (s, t) => schemaRegex.test(s) && tableRegex.test(t) };
}

const anchored = (source: string) => new RegExp(`^(?:${source})$`, 'su');
const escaped = (char: string) => char.replace(/[\\^$.*+?()[\]{}|/-]/gu, '\\$&');

/** Cuts at unquoted separators and turns each part into the source of a regular expression. */
function split(text: string, separatorSet: string): Segments {
  const parts: string[] = [];
  const separators: string[] = [];
  let part = '';
  for (const token of text.matchAll(/"((?:[^"]|"")*)"|([\s\S])/gu)) {
    const [, quoted, char = ''] = token;
    if (quoted !== undefined) part += [...quoted.replaceAll('""', '"')].map(escaped).join('');
    else if (separatorSet.includes(char)) {
      separators.push(char);
      parts.push(part);
      part = '';
    } else part += wildcard(char);
  }
  if ([...parts, part].includes('')) throw new Error(`an empty name in ${JSON.stringify(text)}`);
  return { parts: [...parts, part], separators };
}

function wildcard(char: string): string {
  if (char === '*') return '.*';
  return char === '?' ? '.' : escaped(char);
}
