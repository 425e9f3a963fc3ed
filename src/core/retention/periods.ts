/** The calendar periods of grandfather-father-son retention, in a policy's time zone. */
import { wallTime } from '../zoned-time.ts';

export const periods = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type Period = (typeof periods)[number];

const dayMs = 86_400_000;

/** The name of the period that holds `time`: `2026-11-21`, `2026-W47`, `2026-11`. */
export function periodOf(period: Period, time: Date, timezone: string): string {
  const wall = wallTime(time, timezone);
  const text = wall.toISOString();
  switch (period) {
    case 'hourly':
      return hourOf(text, time, wall);
    case 'daily':
      return text.slice(0, 10);
    case 'weekly':
      return isoWeek(wall);
    case 'monthly':
      return text.slice(0, 7);
    case 'yearly':
      return text.slice(0, 4);
  }
}

/** An hour that comes twice in autumn is two hours. */
function hourOf(text: string, time: Date, wall: Date): string {
  const offsetMinutes = Math.round((wall.getTime() - time.getTime()) / 60_000);
  const sign = offsetMinutes < 0 ? '-' : '+';
  const clock = new Date(Math.abs(offsetMinutes) * 60_000).toISOString().slice(11, 16);
  return `${text.slice(0, 13)}:00${sign}${clock}`;
}

/** ISO 8601: weeks start on Monday and belong to the year of their Thursday. */
function isoWeek(wall: Date): string {
  const mondayBased = (wall.getUTCDay() + 6) % 7;
  const thursday = new Date(wall.getTime() + (3 - mondayBased) * dayMs);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs)) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}
