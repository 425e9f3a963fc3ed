/** The last run that each schedule started: a missed one is caught up once. */
import type { DatabaseSync } from 'node:sqlite';
import { optionalText } from './column.ts';

export function openSlots(database: DatabaseSync) {
  const load = database.prepare('select scheduled_time from slots where schedule = ?');
  const save = database.prepare('insert or replace into slots values (?, ?)');

  return {
    last: (schedule: string): Date | undefined => {
      const row = load.get(schedule);
      const time = row && optionalText(row, 'scheduled_time');
      return time === undefined ? undefined : new Date(time);
    },
    remember: (schedule: string, scheduledTime: Date): void => {
      save.run(schedule, scheduledTime.toISOString());
    },
  };
}
