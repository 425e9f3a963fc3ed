/** Child processes under way: what a runner that takes over has to end first. */
import type { DatabaseSync } from 'node:sqlite';
import type { ProcessIdentity } from '../processes/identity.ts';
import { optionalJson, text, toJson } from './column.ts';

export interface TaskRecord {
  /** In the child's environment: finds a child that was spawned and not yet recorded. */
  readonly mark: string;
  readonly process?: ProcessIdentity;
}

export function openTasks(database: DatabaseSync) {
  const insert = database.prepare(
    'insert or replace into tasks (mark, execution, scope, process) values (?, ?, ?, ?)',
  );
  const load = database.prepare('select mark, process from tasks where execution = ?');
  const remove = database.prepare('delete from tasks where mark = ?');

  return {
    save: (at: { execution: string; scope: string }, task: TaskRecord): void => {
      insert.run(task.mark, at.execution, at.scope, toJson(task.process));
    },
    load: (execution: string): TaskRecord[] =>
      load.all(execution).map((row) => {
        const process = optionalJson<ProcessIdentity>(row, 'process');
        return { mark: text(row, 'mark'), ...(process === undefined ? {} : { process }) };
      }),
    remove: (mark: string): void => {
      remove.run(mark);
    },
  };
}
