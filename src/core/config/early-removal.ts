/** Sets that retention removes from a class before the days for which it is billed at least. */
import { nextRun, parseSchedule } from '../schedule.ts';
import { type Finding, warning } from './finding.ts';
import type { Path } from './place.ts';
import type { Config } from './schema.ts';
import type { Keep, Policy } from './source.ts';
import { leastDays, type Tier } from './tiers.ts';
import { durationSeconds } from './values.ts';

interface Tiered {
  readonly tiers: readonly Tier[];
  readonly path: Path;
  /** Of the destination, in place of each policy's. */
  readonly keep: Keep | undefined;
  readonly lockDays: number;
}

/** One warning for each tier, however many policies it concerns. */
export function earlyRemovals(
  { sources }: Config,
  { tiers, path, keep, lockDays }: Tiered,
): Finding[] {
  const removals = Object.entries(sources).flatMap(([source, { policies }]) =>
    Object.entries(policies).flatMap(([policy, given]) =>
      removalsOf(given, keep ?? given.keep).map((removal) => ({
        ...removal,
        days: Math.max(removal.days, lockDays),
        name: `${source}/${policy}`,
      })),
    ),
  );
  return tiers.flatMap((tier, n) => {
    const { storageClass, afterDays } = tier;
    const until = Math.min(
      afterDays + leastDays[storageClass],
      tiers[n + 1]?.afterDays ?? Infinity,
    );
    const early = removals.filter(({ days }) => days > afterDays && days < until);
    return early.length === 0 ? [] : [warning([...path, n, 'class'], message(early, tier))];
  });
}

interface Removal {
  /** Of a set, when it goes. */
  readonly days: number;
  /** `weekly 12`. */
  readonly rule: string;
}

interface NamedRemoval extends Removal {
  readonly name: string;
}

function message(early: readonly NamedRemoval[], { storageClass, afterDays }: Tier): string {
  const shown = early
    .slice(0, 3)
    .map(({ name, rule, days }) => `${name} (${rule}) after ${Math.round(days - afterDays)} days`);
  const more = early.length > 3 ? ` and ${early.length - 3} more` : '';
  return `retention removes sets from ${storageClass} before the ${leastDays[storageClass]} days for which it is billed: of ${shown.join(', of ')}${more}. \`holdfast cost\` says what that costs`;
}

const unitDays = { hourly: 1 / 24, daily: 1, weekly: 7, monthly: 30.4, yearly: 365 } as const;
type Unit = keyof typeof unitDays;
const units = Object.keys(unitDays) as Unit[];

/** Each rule keeps one set for each of its periods that has one, and lets go of the oldest. */
function removalsOf({ schedule, timezone }: Policy, keep: Keep | undefined): Removal[] {
  if (keep === undefined) return [];
  const periodDays = schedule === undefined ? 0 : periodOf(schedule, timezone);
  const { last, within } = keep;
  return [
    ...units.flatMap((unit) => {
      const count = keep[unit];
      if (count === undefined) return [];
      return [{ rule: `${unit} ${count}`, days: count * Math.max(unitDays[unit], periodDays) }];
    }),
    ...(last === undefined ? [] : [{ rule: `last ${last}`, days: last * periodDays }]),
    ...(within === undefined
      ? []
      : [{ rule: `within ${within}`, days: durationSeconds(within) / 86_400 }]),
  ];
}

const looked = 10;
const from = new Date('2026-01-01T00:00:00Z');

/** Days between two runs, on average of the next ones; none where a schedule runs once. */
function periodOf(expression: string, timezone: string): number {
  const schedule = parseSchedule(expression, timezone);
  const runs: Date[] = [];
  for (
    let run = nextRun(schedule, from);
    run && runs.length < looked;
    run = nextRun(schedule, run)
  ) {
    runs.push(run);
  }
  const [first = from] = runs;
  const span = (runs.at(-1) ?? first).getTime() - first.getTime();
  return span / Math.max(1, runs.length - 1) / 86_400_000;
}
