/** Where each thread of an execution stands; forgotten when the execution ends. */
import type { DatabaseSync } from 'node:sqlite';
import { json, toJson } from './column.ts';
import type { ScopeRecord } from './records.ts';

export function openScopes(database: DatabaseSync) {
  const save = database.prepare('insert or replace into scopes values (?, ?, ?)');
  const load = database.prepare('select record from scopes where execution = ?');
  const drop = database.prepare('delete from scopes where execution = ?');
  // Paths are digits, dots and slashes: '0' is the character after '/'.
  const dropBelow = database.prepare(
    `delete from scopes where execution = ?1 and path <> ?2
     and (?2 = '' or (path >= ?2 || '/' and path < ?2 || '0'))`,
  );

  return {
    save: (execution: string, scope: ScopeRecord): void => {
      save.run(execution, scope.path, toJson(scope));
    },
    load: (execution: string): ScopeRecord[] =>
      load.all(execution).map((row) => json<ScopeRecord>(row, 'record')),
    drop: (execution: string): void => {
      drop.run(execution);
    },
    dropBelow: (execution: string, path: string): void => {
      dropBelow.run(execution, path);
    },
  };
}
