/** Lengths of time and sizes, as people read them. */

const units = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** The two largest units: `2d 4h`, `3h`, `59s`; below a second `0s`. */
export function durationText(seconds: number): string {
  let rest = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [unit, size] of units) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount}${unit}`);
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join(' ') || '0s';
}

const sizes = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `512 B`, `1.5 GiB`. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let n = 0;
  while (value >= 1024 && n < sizes.length - 1) {
    value /= 1024;
    n += 1;
  }
  return `${n === 0 ? value : value.toFixed(1)} ${sizes[n]}`;
}
