/** The month of a whole deployment, now, settled, after a change of retention, and in a year. */

import type { CostFacts, SourceFacts } from './facts.ts';
import type { KeepChange } from './parse-keep.ts';
import { type CostItem, type CostLine, costItems, sumOf } from './prices.ts';
import { growthPerMonth } from './set-sizes.ts';
import {
  type Moment,
  type SimulationCache,
  type SourceMonth,
  sourceMonth,
} from './source-month.ts';
import { standingLines } from './standing-lines.ts';

export interface Month {
  readonly sources: readonly SourceMonth[];
  /** What no source alone causes. */
  readonly common: readonly CostLine[];
  readonly dollars: number;
}

export interface ForecastOptions {
  readonly moment: Moment;
  /** Months ahead, at the growth that each source shows; 0 unless said otherwise. */
  readonly monthsAhead?: number;
}

export function forecast(facts: CostFacts, { moment, monthsAhead = 0 }: ForecastOptions): Month {
  const simulated: SimulationCache = { sets: new Map(), runs: new Map() };
  const sources = facts.sources.map((source) => {
    const growth = 1 + monthsAhead * (growthPerMonth(source.measured) ?? 0);
    return sourceMonth(source, facts, { moment, simulated, growth: Math.max(growth, 0) });
  });
  const common = standingLines(facts, sources);
  const dollars = sumOf([...sources.flatMap(({ lines }) => lines), ...common]);
  return { sources, common, dollars };
}

/** Of all lines, item by item, those without cost left out. */
export function byItem({ sources, common }: Month): { item: CostItem; dollars: number }[] {
  const lines = [...sources.flatMap(({ lines }) => lines), ...common];
  return costItems
    .map((item) => ({ item, dollars: sumOf(lines.filter((line) => line.item === item)) }))
    .filter(({ dollars }) => dollars !== 0);
}

/** The same deployment with another retention; a copy's own stays. */
export function withKeep(facts: CostFacts, changes: readonly KeepChange[]): CostFacts {
  return { ...facts, sources: facts.sources.map((source) => changedSource(source, changes)) };
}

function changedSource(source: SourceFacts, changes: readonly KeepChange[]): SourceFacts {
  const policies = Object.entries(source.policies).map(([name, policy]) => {
    const change = changes.findLast((each) => each.policy === undefined || each.policy === name);
    return [name, change ? { ...policy, keep: change.keep } : policy] as const;
  });
  return { ...source, policies: Object.fromEntries(policies) };
}
