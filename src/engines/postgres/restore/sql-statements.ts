/** Cuts what pg_dumpall writes into statements. Pure. */

// A string (E'' with backslashes, or plain), a quoted name, a comment, a meta-command of psql, an end.
const token =
  /[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|(?<=^|\n)\\[^\n]*|;|[\s\S]/gu;

export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let statement = '';
  for (const [part] of sql.matchAll(token)) {
    if (part === ';') {
      statements.push(statement.trim());
      statement = '';
    } else if (!part.startsWith('--') && !isMetaCommand(part)) statement += part;
  }
  return [...statements, statement.trim()].filter((one) => one !== '');
}

const isMetaCommand = (part: string) => part.startsWith('\\') && part.length > 1;
