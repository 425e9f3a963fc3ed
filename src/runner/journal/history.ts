/** The history of events: append only, numbered from 1 for each execution. */
import type { DatabaseSync } from 'node:sqlite';
import type { Json } from '../../core/canonical-json.ts';
import { optionalJson, text, toJson } from './column.ts';
import type { HistoryEvent, NewEvent } from './records.ts';

export function openHistory(database: DatabaseSync, now: () => Date) {
  const append = database.prepare(
    `insert into events (execution, id, time, scope, type, details)
     select ?1, coalesce(max(id), 0) + 1, ?2, ?3, ?4, ?5 from events where execution = ?1`,
  );
  const read = database.prepare('select * from events where execution = ? order by id');
  const count = database.prepare('select count(*) as n from events where execution = ?');
  const drop = database.prepare('delete from events where execution = ?');

  return {
    append: (execution: string, scope: string, events: readonly NewEvent[]): void => {
      const time = now().toISOString();
      for (const { type, details } of events) {
        append.run(execution, time, scope, type, toJson(details));
      }
    },
    read: (execution: string): HistoryEvent[] =>
      read.all(execution).map((row) => {
        const details = optionalJson<Json>(row, 'details');
        return {
          id: Number(row['id']),
          time: text(row, 'time'),
          scope: text(row, 'scope'),
          type: text(row, 'type'),
          ...(details === undefined ? {} : { details }),
        };
      }),
    count: (execution: string): number => Number(count.get(execution)?.['n']),
    drop: (execution: string): void => {
      drop.run(execution);
    },
  };
}
