/** The JSON of `holdfast cost`, made from a forecast. Money is in dollars, unrounded. */
import { z } from 'zod';
import { awsBackupMonth } from '../../core/cost/aws-backup.ts';
import type { CostFacts, SourceFacts } from '../../core/cost/facts.ts';
import { byItem, forecast, type Month, withKeep } from '../../core/cost/forecast.ts';
import type { KeepChange } from '../../core/cost/parse-keep.ts';
import { type CostLine, costItems, prices, sumOf } from '../../core/cost/prices.ts';
import { runsPerMonth } from '../../core/cost/run-times.ts';
import { growthPerMonth, setSizes } from '../../core/cost/set-sizes.ts';

const lineSchema = z.object({
  item: z.enum(costItems),
  detail: z.string(),
  quantity: z.number(),
  unit: z.string(),
  dollars: z.number(),
});

const sourceSchema = z.object({
  source: z.string(),
  policies: z.array(
    z.object({
      policy: z.string(),
      runsPerMonth: z.number(),
      fullBytes: z.number(),
      incrementBytes: z.number(),
      /** `assumed` before the first whole backup. */
      basis: z.enum(['measured', 'assumed']),
    }),
  ),
  /** At the primary, averaged over a settled month. */
  sets: z.number(),
  storedBytes: z.number(),
  /** 0.1 is a tenth more each month; null where the sets are too few to tell. */
  growthPerMonth: z.number().nullable(),
  dollars: z.number(),
  lines: z.array(lineSchema),
});

const changeSchema = z.object({
  dollars: z.number(),
  /** Negative: saved. */
  difference: z.number(),
  sources: z.array(
    z.object({
      source: z.string(),
      sets: z.number(),
      storedBytes: z.number(),
      dollars: z.number(),
      difference: z.number(),
    }),
  ),
});

export const costSchema = z.object({
  currency: z.string(),
  prices: z.object({ asOf: z.string(), region: z.string(), notChecked: z.array(z.string()) }),
  /** A month once retention removes as much as the schedules make. */
  dollars: z.number(),
  /** The next month, from what lies in the vault now. */
  comingMonth: z.number(),
  /** A settled month in a year, at the growth that the sets show; null where no source shows any. */
  inTwelveMonths: z.number().nullable(),
  items: z.array(z.object({ item: z.enum(costItems), dollars: z.number() })),
  sources: z.array(sourceSchema),
  /** What no source alone causes. */
  common: z.object({ dollars: z.number(), lines: z.array(lineSchema) }),
  /** With --keep. */
  change: changeSchema.nullable(),
  /** AWS Backup's list price for as many recovery points at the same places: with small increments, and all whole. */
  awsBackup: z.object({ least: z.number(), most: z.number() }),
  assumptions: z.array(z.string()),
});
export type CostAnswer = z.infer<typeof costSchema>;

export function costAnswer(
  facts: CostFacts,
  { changes, assumptions }: { changes: readonly KeepChange[]; assumptions: readonly string[] },
): CostAnswer {
  const settled = forecast(facts, { moment: 'settled' });
  const grows = facts.sources.some(({ measured }) => growthPerMonth(measured) !== undefined);
  const { asOf, region, currency, notChecked } = prices;
  return {
    currency,
    prices: { asOf, region, notChecked: [...notChecked] },
    dollars: settled.dollars,
    comingMonth: forecast(facts, { moment: 'coming' }).dollars,
    inTwelveMonths: grows ? forecast(facts, { moment: 'settled', monthsAhead: 12 }).dollars : null,
    items: byItem(settled),
    sources: facts.sources.map((source, n) => sourceAnswer(source, facts, settled.sources[n])),
    common: { dollars: sumOf(settled.common), lines: shown(settled.common) },
    change: changes.length === 0 ? null : changeAnswer(facts, settled, changes),
    awsBackup: awsBackupAnswer(facts, settled),
    assumptions: [...assumptions],
  };
}

function sourceAnswer(
  source: SourceFacts,
  { now }: CostFacts,
  month: Month['sources'][number] | undefined,
): CostAnswer['sources'][number] {
  const { sets = 0, storedBytes = 0, dollars = 0, lines = [] } = month ?? {};
  const policies = Object.entries(source.policies).map(([policy, { schedule }]) => {
    const { fullBytes, incrementBytes, basis } = setSizes(
      policy,
      source.measured,
      source.expectedBytes,
    );
    return { policy, runsPerMonth: runsPerMonth(schedule, now), fullBytes, incrementBytes, basis };
  });
  return {
    source: source.name,
    policies,
    ...{ sets, storedBytes, dollars },
    growthPerMonth: growthPerMonth(source.measured) ?? null,
    lines: shown(lines),
  };
}

const shown = (lines: readonly CostLine[]): CostLine[] =>
  lines.filter(({ quantity }) => quantity !== 0).map((line) => ({ ...line }));

function changeAnswer(
  facts: CostFacts,
  before: Month,
  changes: readonly KeepChange[],
): NonNullable<CostAnswer['change']> {
  const after = forecast(withKeep(facts, changes), { moment: 'settled' });
  return {
    dollars: after.dollars,
    difference: after.dollars - before.dollars,
    sources: after.sources.map(({ source, sets, storedBytes, dollars }, n) => ({
      ...{ source, sets, storedBytes, dollars },
      difference: dollars - (before.sources[n]?.dollars ?? 0),
    })),
  };
}

function awsBackupAnswer(facts: CostFacts, settled: Month): CostAnswer['awsBackup'] {
  const months = facts.sources.map((source, n) =>
    awsBackupMonth(source, settled.sources[n]?.at ?? []),
  );
  return {
    least: months.reduce((sum, { least }) => sum + least, 0),
    most: months.reduce((sum, { most }) => sum + most, 0),
  };
}
