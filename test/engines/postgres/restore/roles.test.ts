import { expect, test } from 'vitest';
import { roleScripts } from '../../../../src/engines/postgres/restore/roles.ts';
import { splitStatements } from '../../../../src/engines/postgres/restore/sql-statements.ts';

const globals = `--
-- Roles; not a statement
--
\\restrict abc
SET client_encoding = 'UTF8';
CREATE ROLE "a;b";
ALTER ROLE "a;b" WITH LOGIN PASSWORD 'SCRAM-SHA-256$4096:x;y''z';
COMMENT ON ROLE "a;b" IS 'one;
-- two';
CREATE ROLE "q""q";
ALTER ROLE "q""q" SET search_path TO E'a\\'b', 'c';
GRANT "a;b" TO "q""q" WITH ADMIN OPTION GRANTED BY "postgres";
CREATE TABLESPACE "fast" OWNER "postgres" LOCATION '/x';
\\unrestrict abc
`;

test('cuts at semicolons outside strings, names and comments', () => {
  const statements = splitStatements(globals);
  expect(statements).toHaveLength(8);
  expect(statements[0]).toBe("SET client_encoding = 'UTF8'");
  expect(statements[3]).toBe(`COMMENT ON ROLE "a;b" IS 'one;\n-- two'`);
});

test('gathers the statements of each role, a membership with its member', () => {
  const scripts = roleScripts(globals);
  expect(scripts.map(({ role }) => role)).toEqual(['a;b', 'q"q']);
  expect(scripts[1]?.statements.at(-1)).toMatch(/^GRANT "a;b" TO "q""q"/);
});
