/** Lets the schedules and the retention of one source run at one destination, and notes when each set lived. */
import { type BackupId, mintBackupId } from '../backup-id.ts';
import { decideChain } from '../chain.ts';
import type { Keep, Policy } from '../config/source.ts';
import { durationSeconds } from '../config/values.ts';
import { planRetention, type RetainedSet } from '../retention/index.ts';
import { parseSchedule } from '../schedule.ts';
import { dailyRuns, runTimes, type Span } from './run-times.ts';

export interface SimulatedPolicy extends Pick<Policy, 'full' | 'keep' | 'schedule'> {
  readonly incremental: boolean;
}

export interface SimulatedSource {
  readonly policies: Readonly<Record<string, SimulatedPolicy>>;
  /** A destination's own retention, in place of each policy's. */
  readonly keep?: Keep | undefined;
  readonly floor: number;
  readonly lockDays?: number | undefined;
}

/** What lies there at the start. */
export interface PresentSet {
  readonly id: BackupId;
  readonly policy: string;
  readonly parent: BackupId | null;
  readonly bornMs: number;
  readonly storedBytes: number;
}

export interface LivedSet {
  readonly policy: string;
  readonly full: boolean;
  readonly bornMs: number;
  /** Absent: it is there at the end. */
  readonly removedMs?: number;
  /** Of a set that was there at the start. */
  readonly storedBytes?: number;
}

interface Living {
  readonly set: RetainedSet;
  readonly bornMs: number;
  readonly storedBytes?: number;
}

const dayMs = 86_400_000;

/**
 * The sets that lived in `watched`, or were removed in it. Every backup succeeds and is verified, in UTC. `watched` is
 * simulated run by run; before that, retention acts once a day, and of a policy without increments only one set of an old day is made.
 */
export function simulateSets(
  source: SimulatedSource,
  times: { readonly fromMs: number; readonly watched: Span },
  present: readonly PresentSet[] = [],
): LivedSet[] {
  const runs = plannedRuns(source.policies, times);
  const lived: LivedSet[] = [];
  let living: Living[] = present.map(livingOf);
  let serial = 0;
  let nextSweepMs = times.fromMs;
  for (const { policy, atMs } of runs) {
    living.push(makeSet(policy, atMs, { source, living, serial: serial++ }));
    if (atMs < nextSweepMs) continue;
    nextSweepMs = atMs + pauseMs(atMs < times.watched.fromMs, living.length);
    const kept = keptIds(living, source, atMs);
    for (const each of living) if (!kept.has(each.set.id)) lived.push(livedOf(each, atMs));
    living = living.filter(({ set }) => kept.has(set.id));
  }
  const { fromMs } = times.watched;
  const seen = lived.filter(({ removedMs = fromMs }) => removedMs >= fromMs);
  return [...seen, ...living.map((each) => livedOf(each))];
}

/** Where many sets lie, a few that stay some hours too long change no figure. */
const pauseMs = (before: boolean, living: number): number => {
  if (before) return dayMs;
  return living < 200 ? 0 : dayMs / 4;
};

interface Run {
  readonly policy: string;
  readonly atMs: number;
}

function plannedRuns(
  policies: SimulatedSource['policies'],
  { fromMs, watched }: { readonly fromMs: number; readonly watched: Span },
): Run[] {
  const runs = Object.entries(policies).flatMap(([policy, rules]) => {
    if (rules.schedule === undefined) return [];
    const schedule = parseSchedule(rules.schedule);
    const denseFromMs = rules.incremental
      ? fromMs
      : Math.max(fromMs, watched.fromMs - denseMs(rules.keep));
    const sparse = dailyRuns(schedule, { fromMs, toMs: denseFromMs });
    const dense = runTimes(schedule, { fromMs: denseFromMs, toMs: watched.toMs });
    return [...sparse, ...dense].map((atMs) => ({ policy, atMs }));
  });
  return runs.toSorted((a, b) => a.atMs - b.atMs);
}

/** How far back the rules look that count single runs. `last` on sparse days is a few sets off. */
function denseMs(keep: Keep | undefined): number {
  const withinMs = keep?.within === undefined ? 0 : durationSeconds(keep.within) * 1000;
  return Math.max(withinMs, (keep?.hourly ?? 0) * 3_600_000, 2 * dayMs);
}

function makeSet(
  policy: string,
  atMs: number,
  {
    source,
    living,
    serial,
  }: { source: SimulatedSource; living: readonly Living[]; serial: number },
): Living {
  const rules = source.policies[policy];
  const id = mintBackupId(new Date(atMs), policy, serial.toString(16).padStart(8, '0').slice(-8));
  const parent = rules?.incremental ? parentFor(policy, atMs, { full: rules.full, living }) : null;
  const lockedUntil =
    source.lockDays === undefined ? undefined : new Date(atMs + source.lockDays * dayMs);
  return {
    bornMs: atMs,
    set: { id, policy, parent, partial: false, state: 'committed', verified: true, lockedUntil },
  };
}

function parentFor(
  policy: string,
  atMs: number,
  { full, living }: { full: string | undefined; living: readonly Living[] },
): BackupId | null {
  const sets = living.map(({ set }) => ({ ...set, engine: '' }));
  const chain = decideChain({ sets, policy, engine: '', full, now: new Date(atMs) });
  return chain.kind === 'incremental' ? chain.parent : null;
}

function keptIds(living: readonly Living[], source: SimulatedSource, atMs: number): Set<BackupId> {
  const policies = Object.entries(source.policies).map(
    ([name, { keep }]) => [name, { keep, timezone: 'UTC' }] as const,
  );
  const { keep } = planRetention({
    sets: living.map(({ set }) => set),
    policies: Object.fromEntries(policies),
    keep: source.keep,
    floor: source.floor,
    now: new Date(atMs),
  });
  return new Set(keep.map(({ id }) => id));
}

const livingOf = ({ id, policy, parent, bornMs, storedBytes }: PresentSet): Living => ({
  bornMs,
  storedBytes,
  set: { id, policy, parent, partial: false, state: 'committed', verified: true },
});

const livedOf = ({ set, bornMs, storedBytes }: Living, removedMs?: number): LivedSet => ({
  policy: set.policy,
  full: set.parent === null,
  bornMs,
  ...(removedMs !== undefined && { removedMs }),
  ...(storedBytes !== undefined && { storedBytes }),
});

const longestMs = 10 * 366 * dayMs;

/** After how long retention removes as much as the schedules make; a year where nothing is removed. */
export function settlingMs({ policies, keep: own }: Pick<SimulatedSource, 'policies' | 'keep'>) {
  const spans = Object.values(policies).map(({ keep, full, schedule }) =>
    schedule === undefined ? 0 : keptMs(own ?? keep) + chainMs(full),
  );
  return Math.min(Math.max(dayMs, ...spans), longestMs);
}

/** A chain is as old as its next full, and a day. */
function chainMs(full = 'weekly'): number {
  const days = { daily: 1, weekly: 7, monthly: 31 }[full];
  return dayMs + (days === undefined ? durationSeconds(full) * 1000 : days * dayMs);
}

function keptMs(keep: Keep | undefined): number {
  if (keep === undefined) return 365 * dayMs;
  const { hourly = 0, daily = 0, weekly = 0, monthly = 0, yearly = 0, within, last = 0 } = keep;
  const days = Math.max(hourly, daily, 7 * weekly, 31 * monthly, 366 * yearly, 7 * last);
  return Math.max(days * dayMs, within === undefined ? 0 : durationSeconds(within) * 1000);
}
