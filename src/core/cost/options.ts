/** Sizes and tiers as they are typed: `orders=120GiB`, `GLACIER_IR=30`. */
import { UsageError } from '../errors.ts';
import { type StorageClass, storageClasses, type Tier } from './month-of-storage.ts';

const units = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;

export interface SizeOption {
  /** Absent: every source without backups. */
  readonly source?: string;
  readonly bytes: number;
}

/** Throws UsageError OPTION_INVALID. */
export function parseSize(text: string): SizeOption {
  const match = /^(?:([a-z0-9-]{1,32})=)?(\d+(?:\.\d+)?) ?(B|KiB|MiB|GiB|TiB)$/.exec(text.trim());
  if (!match) throw invalid(`"${text}" is not a size`, 'Such as 40GiB, or orders=1.5TiB.');
  const [, source, amount, unit] = match;
  const bytes = Number(amount) * units[unit as keyof typeof units];
  return { bytes, ...(source !== undefined && { source }) };
}

/** Ascending; throws UsageError OPTION_INVALID. */
export function parseTiers(texts: readonly string[]): Tier[] {
  const tiers = texts.map(parseTier);
  return tiers.toSorted((a, b) => a.afterDays - b.afterDays);
}

function parseTier(text: string): Tier {
  const [name = '', days = ''] = text.split('=');
  const storageClass = storageClasses.find((each) => each === name && each !== 'STANDARD');
  const afterDays = Number(days);
  if (storageClass === undefined || days === '' || !Number.isInteger(afterDays) || afterDays < 0) {
    const classes: readonly StorageClass[] = storageClasses.slice(1);
    throw invalid(`"${text}" is not a tier`, `CLASS=DAYS, CLASS one of ${classes.join(', ')}.`);
  }
  return { storageClass, afterDays };
}

const invalid = (message: string, hint: string): UsageError =>
  new UsageError(message, { code: 'OPTION_INVALID', hint });
