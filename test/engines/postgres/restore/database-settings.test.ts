import { expect, test } from 'vitest';
import type { DatabaseLine } from '../../../../src/engines/postgres/index-lines.ts';
import { settingStatements } from '../../../../src/engines/postgres/restore/database-settings.ts';

test('replays owner, limit, grants and settings under the new name', () => {
  const line = {
    owner: 'o"wner',
    connectionLimit: 5,
    grants: [
      { grantee: null, privilege: 'CONNECT', grantable: false },
      { grantee: 'app', privilege: 'CREATE', grantable: true },
    ],
    settings: [
      { role: null, name: 'search_path', value: '"$user", public, "Odd ""Schema"""' },
      { role: 'app', name: 'shop.tenant', value: `it's` },
      { role: null, name: 'session_preload_libraries', value: '""' },
    ],
  } as unknown as DatabaseLine;
  expect(settingStatements(line, 'copy')).toEqual([
    'alter database "copy" owner to "o""wner"',
    'alter database "copy" connection limit 5',
    'revoke all on database "copy" from public',
    'grant CONNECT on database "copy" to public',
    'grant CREATE on database "copy" to "app" with grant option',
    `alter database "copy" set "search_path" to '$user', 'public', 'Odd "Schema"'`,
    `alter role "app" in database "copy" set "shop.tenant" to 'it''s'`,
    `alter database "copy" set "session_preload_libraries" to ''`,
  ]);
});
