/** Retention as it is typed: `daily=30,weekly=12`, or `hourly:within=48h` for one policy. */
import { type Keep, keepSchema } from '../config/source.ts';
import { UsageError } from '../errors.ts';

export interface KeepChange {
  /** Absent: every policy. */
  readonly policy?: string;
  readonly keep: Keep;
}

/** Throws UsageError OPTION_INVALID, with what is allowed. */
export function parseKeep(text: string): KeepChange {
  const [, policy, rules] = /^(?:([a-z0-9-]+):)?(.+)$/.exec(text.trim()) ?? [];
  const pairs = (rules ?? '').split(',').map((rule) => rule.split('='));
  const values = pairs.map(([name = '', value = '']) => [
    name.trim(),
    name.trim() === 'within' ? value.trim() : Number(value.trim() || Number.NaN),
  ]);
  const parsed = keepSchema.safeParse(Object.fromEntries(values));
  if (parsed.success && pairs.every((pair) => pair.length === 2)) {
    return { keep: parsed.data, ...(policy !== undefined && { policy }) };
  }
  throw new UsageError(`"${text}" is not a retention`, {
    code: 'OPTION_INVALID',
    hint: 'Such as daily=30,weekly=12, within=48h or hourly:last=20: last, within, hourly, daily, weekly, monthly, yearly, after the name of a policy where only that one is meant.',
  });
}
