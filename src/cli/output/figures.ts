/** Sizes, times and counts as the command line shows them. */
import { durationText } from '../../core/duration.ts';

/** As `durationText`, with a decimal below ten seconds: `0.4s`. */
export const elapsedText = (seconds: number): string =>
  seconds < 10 ? `${seconds.toFixed(1)}s` : durationText(seconds);

/** `2026-11-21 02:00:00Z`. */
export const timeText = (at: Date): string =>
  at
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');

export const countText = (count: number): string => count.toLocaleString('en-US');

export const plural = (count: number, noun: string): string =>
  `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;

/** One bar for each value, the highest full: `▁▃▅█`. */
export function sparkline(values: readonly number[]): string {
  const bars = '▁▂▃▄▅▆▇█';
  const highest = Math.max(...values, 1);
  return values.map((value) => bars[Math.round((value / highest) * (bars.length - 1))]).join('');
}
