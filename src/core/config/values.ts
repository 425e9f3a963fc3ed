/** The small values of a configuration: names, references, durations, sizes. */
import { z } from 'zod';
import { isTimeZone } from '../zoned-time.ts';

/** Names of sources, policies, channels, copies. */
export const nameSchema = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/, 'expected 1 to 32 of a-z, 0-9 and "-"');

/** A secret is a reference, never a value. */
export const referencePattern = /^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|ssm:.+|secretsmanager:.+)$/;
export const referenceSchema = z
  .string()
  .regex(
    referencePattern,
    'expected a reference: env:NAME, file:/path, ssm:/path or secretsmanager:id#field',
  );

const secondsPerUnit = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

export const durationPattern = /^\d+[smhdw]$/;

/** `30s`, `15m`, `48h`, `7d`, `2w`. */
export const durationSchema = z
  .string()
  .regex(durationPattern, 'expected a number and s, m, h, d or w: 48h');

export function durationSeconds(duration: string): number {
  const unit = duration.slice(-1) as keyof typeof secondsPerUnit;
  return Number(duration.slice(0, -1)) * secondsPerUnit[unit];
}

/** `40%`. */
export const percentSchema = z.string().regex(/^\d{1,4}%$/, 'expected a number and %: 40%');
export const percentRatio = (percent: string): number => Number.parseInt(percent, 10) / 100;

export const timeZoneSchema = z
  .string()
  .refine(isTimeZone, 'expected an IANA time zone, such as Europe/Paris');

/** EventBridge Scheduler's `cron(…)` or `rate(…)`: parsed in core/schedule.ts. */
export const scheduleSchema = z
  .string()
  .regex(/^(cron|rate)\(.+\)$/, 'expected cron(0 2 * * ? *) or rate(1 hour)');

/** A command as argv: never a shell string. */
export const argvSchema = z.array(z.string()).min(1);
