/** A drill of a failover: from what client, ledger and run have seen to a verdict. */
import { z } from 'zod';
import type { ClusterConfig } from '../config/cluster.ts';
import { durationSeconds, nameSchema } from '../config/values.ts';
import { median } from '../median.ts';
import { overBudget } from './loss.ts';
import { failoverModes } from './plan.ts';
import { type FailoverReport, failoverReportSchema } from './report.ts';

export const failoverDrillInputSchema = z.strictObject({
  cluster: nameSchema,
  mode: z.enum(failoverModes).default('planned'),
});
export type FailoverDrillInput = z.infer<typeof failoverDrillInputSchema>;

export const failoverDrillSchema = z.object({
  format: z.literal(1),
  cluster: z.string(),
  mode: z.enum(failoverModes),
  at: z.string(),
  source: z.string(),
  backupId: z.string(),
  /** The version of the scratch servers. */
  server: z.string(),
  outcome: z.enum(['passed', 'failed']),
  /** Why it failed. */
  reasons: z.array(z.string()),
  restoreSeconds: z.number(),
  /** What was compared after the restore. */
  comparison: z.object({ level: z.string(), units: z.number(), rows: z.number().optional() }),
  writes: z.object({
    acknowledged: z.number(),
    /** Confirmed to the client, and not there afterwards. */
    lost: z.number(),
    /** From the oldest lost write to the last one before the outage. */
    lostSeconds: z.number(),
    /** At most a hundred. */
    lostIds: z.array(z.number()),
  }),
  /** The longest time without a confirmed write; null: no write came after it. */
  outageMilliseconds: z.number().nullable(),
  objectives: z.array(
    z.object({ name: z.string(), wanted: z.string(), seen: z.string(), met: z.boolean() }),
  ),
  assertions: z.array(z.object({ name: z.string(), passed: z.boolean(), detail: z.string() })),
  /** Against the drills before it. */
  trend: z.object({
    drills: z.number(),
    medianMilliseconds: z.number().nullable(),
    /** 0.25: a quarter slower than the median; negative: faster. */
    slower: z.number().nullable(),
    text: z.string(),
  }),
  notes: z.array(z.string()),
  /** The run's own report. */
  run: failoverReportSchema.nullable(),
});
export type FailoverDrill = z.infer<typeof failoverDrillSchema>;

export interface DrillFacts
  extends Pick<
    FailoverDrill,
    'cluster' | 'mode' | 'at' | 'source' | 'backupId' | 'server' | 'restoreSeconds'
  > {
  readonly config: Pick<ClusterConfig, 'objectives' | 'budget'>;
  readonly comparison: FailoverDrill['comparison'];
  readonly assertions: FailoverDrill['assertions'];
  readonly run: FailoverReport | null;
  /** Where there is no report: what the executor said. */
  readonly failure: string | null;
  /** In order of time; `at` in milliseconds. */
  readonly acknowledged: readonly { readonly id: number; readonly at: number }[];
  /** When the failover, or the kill before it, began. */
  readonly begunAt: number;
  readonly survivors: ReadonlySet<number>;
  /** Drills of the same mode before this one, the newest first. */
  readonly earlier: readonly Pick<FailoverDrill, 'outcome' | 'outageMilliseconds'>[];
}

/** So many drills make the median. */
const comparedDrills = 7;
const listedWrites = 100;
const leftOut =
  'left out: names in DNS, and freeze, activate and smoke of production; the scratch cluster has none of them';

export function concludeDrill(facts: DrillFacts): FailoverDrill {
  const { config, run, acknowledged, survivors, begunAt, ...kept } = facts;
  const { earlier, failure, ...known } = kept;
  const outage = outageOf(acknowledged, begunAt);
  const lost = acknowledged.filter(({ id }) => !survivors.has(id));
  const writes = {
    acknowledged: acknowledged.length,
    lost: lost.length,
    lostSeconds: lostSeconds(lost, outage),
    lostIds: lost.slice(0, listedWrites).map(({ id }) => id),
  };
  const milliseconds = outage?.milliseconds ?? null;
  const objectives = objectivesOf(config.objectives, milliseconds, writes);
  const reasons = reasonsOf({ facts, writes, objectives, milliseconds });
  return {
    ...{ format: 1, ...known, outcome: reasons.length === 0 ? 'passed' : 'failed', reasons },
    ...{ writes, outageMilliseconds: milliseconds, objectives },
    trend: trendOf(milliseconds, earlier),
    notes: [leftOut, ...budgetNotes(facts)],
    run,
  };
}

interface Outage {
  readonly milliseconds: number;
  /** When the last write before it was confirmed. */
  readonly from: number;
}

/** Gaps that end after the beginning of the failover count; without a write after it there is no end. */
function outageOf(writes: DrillFacts['acknowledged'], begunAt: number): Outage | undefined {
  const gaps = writes.slice(1).map(({ at }, index) => {
    const from = writes[index]?.at as number;
    return { from, at, milliseconds: Math.round(at - from) };
  });
  const after = gaps.filter(({ at }) => at > begunAt);
  return after.toSorted((a, b) => b.milliseconds - a.milliseconds)[0];
}

function lostSeconds(lost: DrillFacts['acknowledged'], outage: Outage | undefined): number {
  const [oldest] = lost;
  if (oldest === undefined) return 0;
  const until = outage?.from ?? (lost.at(-1)?.at as number);
  return Math.max(0, Math.round(until - oldest.at) / 1000);
}

function objectivesOf(
  { rto, rpo }: ClusterConfig['objectives'],
  milliseconds: number | null,
  { lost, lostSeconds: seconds }: FailoverDrill['writes'],
): FailoverDrill['objectives'] {
  const outage = milliseconds === null ? 'no write afterwards' : `${milliseconds} ms`;
  const within = (wanted: string, found: number) => found <= durationSeconds(wanted) * 1000;
  return [
    ...(rto === undefined
      ? []
      : [
          {
            ...{ name: 'RTO', wanted: rto, seen: outage },
            met: milliseconds !== null && within(rto, milliseconds),
          },
        ]),
    ...(rpo === undefined
      ? []
      : [
          {
            ...{ name: 'RPO', wanted: rpo, seen: `${lost} writes of ${seconds} s` },
            // A lost write is lost, however short before the outage it was.
            met: lost === 0 || (durationSeconds(rpo) > 0 && within(rpo, seconds * 1000)),
          },
        ]),
  ];
}

interface Seen {
  readonly facts: DrillFacts;
  readonly writes: FailoverDrill['writes'];
  readonly objectives: FailoverDrill['objectives'];
  readonly milliseconds: number | null;
}

function reasonsOf({ facts, writes, objectives, milliseconds }: Seen): string[] {
  const { assertions } = facts;
  return [
    ...runReasons(facts),
    ...(milliseconds === null ? ['no write was confirmed after the failover'] : []),
    ...lossReasons(facts, writes),
    ...objectives
      .filter(({ met }) => !met)
      .map((each) => `${each.name} ${each.wanted}: ${each.seen}`),
    ...assertions.filter(({ passed }) => !passed).map(({ name, detail }) => `${name}: ${detail}`),
  ];
}

function runReasons({ run, failure }: DrillFacts): string[] {
  const ended = run?.outcome ?? 'not begun';
  const why = run?.failure?.message ?? failure;
  return ended === 'succeeded' ? [] : [`the run ended ${ended}${why === null ? '' : `: ${why}`}`];
}

/** The ledger is right: a report that says less is wrong. */
function lossReasons({ mode, run }: DrillFacts, { lost }: FailoverDrill['writes']): string[] {
  const counted = run?.loss?.transactions ?? null;
  if (mode === 'planned') {
    return lost === 0
      ? []
      : [`${lost} confirmed writes are lost, and a planned failover loses nothing`];
  }
  const unseen = counted !== null && lost > counted;
  return unseen ? [`${lost} confirmed writes are lost, and the report says ${counted}`] : [];
}

/** The drill goes to its end all the same: how long it takes is what it is for. */
function budgetNotes({ mode, run, config }: DrillFacts): string[] {
  if (mode === 'planned' || run?.loss === undefined || run.loss === null) return [];
  const over = overBudget(run.loss, config.budget);
  return over === undefined ? [] : [`the budget was lifted for the drill: ${over}`];
}

function trendOf(
  milliseconds: number | null,
  earlier: DrillFacts['earlier'],
): FailoverDrill['trend'] {
  const outages = earlier
    .filter(({ outcome }) => outcome === 'passed')
    .flatMap(({ outageMilliseconds }) => outageMilliseconds ?? [])
    .slice(0, comparedDrills);
  const drills = outages.length;
  if (drills === 0 || milliseconds === null) {
    return { drills, medianMilliseconds: null, slower: null, text: 'nothing to compare with' };
  }
  const middle = Math.round(median(outages));
  const slower = milliseconds / Math.max(1, middle) - 1;
  const percent = Math.round(Math.abs(slower) * 100);
  const text = `${percent} % ${slower > 0 ? 'slower' : 'faster'} than the median of the last ${drills}, ${middle} ms`;
  return { drills, medianMilliseconds: middle, slower, text };
}
