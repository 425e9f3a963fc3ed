/**
 * EventBridge Scheduler's `cron(…)`, translated to the dialect of the cron library.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
 * What that page does not allow is refused, because the deployed form would refuse it too.
 */
import { Cron } from 'croner';
import { UsageError } from './errors.ts';

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  /** Shown in messages. */
  readonly allowed: string;
  /** Forms of this field alone, translated; undefined when the text is none of them. */
  readonly special?: (text: string) => string | undefined;
}

const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const weekdays = 'SUN MON TUE WED THU FRI SAT'.split(' ');

const fields: readonly Field[] = [
  { name: 'minutes', min: 0, max: 59, allowed: '0-59 with , - * /' },
  { name: 'hours', min: 0, max: 23, allowed: '0-23 with , - * /' },
  {
    name: 'day-of-month',
    min: 1,
    max: 31,
    allowed: '1-31 with , - * /, or alone: ?, L (the last day), 15W (the weekday nearest the 15th)',
    special: specialDay,
  },
  { name: 'month', min: 1, max: 12, names: months, allowed: '1-12 or JAN-DEC with , - * /' },
  {
    name: 'day-of-week',
    min: 1,
    max: 7,
    names: weekdays,
    allowed:
      '1-7 or SUN-SAT (1 is Sunday) with , - * /, or alone: ?, L (Saturday), 6L (the last Friday), 3#2 (the second Tuesday)',
    special: specialWeekday,
  },
  { name: 'year', min: 1970, max: 2199, allowed: '1970-2199 with , - * /' },
];

const refusal = (problem: string, allowed: string): UsageError =>
  new UsageError(`cron schedule: ${problem}`, {
    code: 'SCHEDULE_INVALID',
    hint: `Allowed: ${allowed}.`,
  });

const shape = 'cron(minutes hours day-of-month month day-of-week year), such as cron(0 2 * * ? *)';

/** Evaluates wall-clock time: feed it and read it as UTC. Throws UsageError SCHEDULE_INVALID. */
export function parseCron(body: string): Cron {
  const texts = body.trim().toUpperCase().split(/\s+/);
  if (texts.length === 5) texts.push('*');
  if (texts.length !== 6) {
    throw refusal(`it has ${texts.length} fields instead of 6`, shape);
  }
  requireOneAny(texts);
  const pattern = fields.map((field, n) => translate(String(texts[n]), field)).join(' ');
  const cron = new Cron(`0 ${pattern}`, {
    timezone: 'UTC',
    mode: '7-part',
    alternativeWeekdays: true,
    paused: true,
  });
  if (cron.nextRun(new Date(0)) === null) {
    throw refusal('no such date exists, so it would never run', shape);
  }
  return cron;
}

function requireOneAny(texts: readonly string[]): void {
  const any = [texts[2], texts[4]].filter((text) => text === '?').length;
  if (any === 1) return;
  throw refusal(
    `day-of-month is "${texts[2]}" and day-of-week is "${texts[4]}"`,
    'exactly one of the two is "?": cron(0 2 * * ? *) for every day, cron(0 2 ? * SUN *) for Sundays',
  );
}

function translate(text: string, field: Field): string {
  const special = field.special?.(text);
  if (special !== undefined) return special;
  return text
    .split(',')
    .map((item) => translateItem(item, field))
    .join(',');
}

const itemPattern = /^(?:(\*)|([A-Z]+|\d+)(?:-([A-Z]+|\d+))?)(?:\/(\d+))?$/;

function translateItem(item: string, field: Field): string {
  const match = itemPattern.exec(item);
  if (!match) throw invalid(`"${item}" is not understood`, field);
  const [, all, first, last, step] = match;
  if (step !== undefined) requireStep(step, field);
  const suffix = step === undefined ? '' : `/${step}`;
  if (all !== undefined) return `*${suffix}`;
  const from = numberOf(String(first), field);
  if (last === undefined) return step === undefined ? `${from}` : `${from}-${field.max}${suffix}`;
  const to = numberOf(last, field);
  if (from > to)
    throw invalid(`the range "${item}" goes backwards: list its values instead`, field);
  return `${from}-${to}${suffix}`;
}

function requireStep(step: string, field: Field): void {
  const value = Number(step);
  if (value < 1 || value > field.max) throw invalid(`"/${step}" is not a possible step`, field);
}

function numberOf(text: string, field: Field): number {
  const named = field.names?.indexOf(text) ?? -1;
  if (named >= 0) return named + field.min;
  const value = Number(text);
  if (Number.isNaN(value)) throw invalid(`"${text}" is not understood`, field);
  if (value < field.min || value > field.max) throw invalid(`"${text}" is out of range`, field);
  return value;
}

function specialDay(text: string): string | undefined {
  if (text === '?' || text === 'L') return text;
  return /^([1-9]|[12]\d|3[01])W$/.test(text) ? text : undefined;
}

function specialWeekday(text: string): string | undefined {
  if (text === '?') return text;
  if (text === 'L') return '7';
  const [, day, rest] = /^([1-7]|[A-Z]{3})(L|#[1-5])$/.exec(text) ?? [];
  if (day === undefined || rest === undefined) return undefined;
  const named = weekdays.indexOf(day);
  if (named < 0 && !/^\d$/.test(day)) return undefined;
  return `${named < 0 ? day : named + 1}${rest === 'L' ? '#L' : rest}`;
}

const invalid = (problem: string, field: Field): UsageError =>
  refusal(`${field.name}: ${problem}`, `${field.name}: ${field.allowed}`);
