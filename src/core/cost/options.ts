/** Sizes and tiers as they are typed: `orders=120GiB`, `GLACIER_IR=30`. */
import { type Tier, tierClasses } from '../config/tiers.ts';
import { UsageError } from '../errors.ts';

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

/** Ascending, empty for `none`; undefined where nothing was typed. Throws UsageError OPTION_INVALID. */
export function parseTiers(texts: readonly string[]): Tier[] | undefined {
  if (texts.length === 0) return undefined;
  if (texts.length === 1 && texts[0] === 'none') return [];
  return texts.map(parseTier).toSorted((a, b) => a.afterDays - b.afterDays);
}

function parseTier(text: string): Tier {
  const [name = '', days = ''] = text.split('=');
  const storageClass = tierClasses.find((each) => each === name);
  const afterDays = Number(days);
  if (storageClass === undefined || days === '' || !Number.isInteger(afterDays) || afterDays < 0) {
    const hint = `CLASS=DAYS, CLASS one of ${tierClasses.join(', ')}; none for no tiers.`;
    throw invalid(`"${text}" is not a tier`, hint);
  }
  return { storageClass, afterDays };
}

const invalid = (message: string, hint: string): UsageError =>
  new UsageError(message, { code: 'OPTION_INVALID', hint });
