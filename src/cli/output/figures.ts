/** Sizes, times and rates as people read them. */
const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const amount = bytes / 1024 ** power;
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[power]}`;
}

const spans = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** The two largest units: `3h 12m`, `45s`, `0.4s`. */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  let left = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of spans) {
    const amount = Math.floor(left / size);
    left -= amount * size;
    if (amount > 0 || parts.length > 0) parts.push(`${amount}${unit}`);
  }
  return parts
    .slice(0, 2)
    .filter((part) => !part.startsWith('0'))
    .join(' ');
}

export const agoText = (at: Date, now: Date): string =>
  `${durationText(Math.max(0, Math.round((now.getTime() - at.getTime()) / 1000)))} ago`.replace(
    /^(\d+)\.0s/,
    '$1s',
  );

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
