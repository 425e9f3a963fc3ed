/** What a source's sets cost in a month at one destination, and to get there. */
import type { TierClass } from '../config/tiers.ts';
import type { DestinationFacts, Distance } from './facts.ts';
import type { StorageMonth } from './month-of-storage.ts';
import { type CostLine, costLine, gibibyte, type PriceName } from './prices.ts';
import { recorded } from './recorded.ts';
import type { LivedSet } from './simulate-sets.ts';
import { leastDays, type StorageClass } from './tier-steps.ts';

const storagePrices: Readonly<Record<StorageClass, PriceName>> = {
  STANDARD: 's3.standard',
  STANDARD_IA: 's3.standard-ia',
  ONEZONE_IA: 's3.onezone-ia',
  INTELLIGENT_TIERING: 's3.intelligent.frequent',
  'infrequent access': 's3.intelligent.infrequent',
  'archive instant access': 's3.intelligent.archive-instant',
  ARCHIVE_ACCESS: 's3.intelligent.archive',
  DEEP_ARCHIVE_ACCESS: 's3.intelligent.deep-archive',
  GLACIER_IR: 's3.glacier-ir',
  GLACIER: 's3.glacier',
  DEEP_ARCHIVE: 's3.deep-archive',
};

const moves: Readonly<Record<TierClass, PriceName>> = {
  STANDARD_IA: 's3.to-standard-ia',
  ONEZONE_IA: 's3.to-onezone-ia',
  INTELLIGENT_TIERING: 's3.to-intelligent',
  GLACIER_IR: 's3.to-glacier-ir',
  GLACIER: 's3.to-glacier',
  DEEP_ARCHIVE: 's3.to-deep-archive',
};

/** The price of a GiB to a copy. */
export const ways: Readonly<Record<Exclude<Distance, 'same'>, PriceName>> = {
  'us-east-2': 'transfer.us-east-2',
  'other-region': 'transfer.other-region',
  internet: 'transfer.internet',
};

export interface SetMeasures {
  readonly bytesOf: (set: LivedSet) => number;
  /** Stored objects of a set under `data/`. */
  readonly objectsOf: (set: LivedSet) => number;
}

export function storageLines(
  month: StorageMonth,
  destination: DestinationFacts,
  measures: SetMeasures,
): CostLine[] {
  const way = wayLines(month, destination, measures);
  if (!destination.onAws) return way;
  const { name } = destination;
  const stored = [...month.gibMonths].map(([storageClass, quantity]) =>
    costLine('storage', storagePrices[storageClass], {
      quantity,
      detail: `${storageClass} at ${name}`,
    }),
  );
  const early = [...month.earlyGibMonths].map(([storageClass, quantity]) =>
    costLine('left early', storagePrices[storageClass], {
      quantity,
      detail: `the rest of ${leastDays(storageClass)} days of ${storageClass} at ${name}`,
    }),
  );
  const moved = [...month.moved].map(([storageClass, sets]) =>
    costLine('requests', moves[storageClass], {
      quantity: sum(sets, measures.objectsOf),
      detail: `to ${storageClass} at ${name}`,
    }),
  );
  const watched = costLine('storage', 's3.intelligent.watch', {
    quantity: sum(month.watched, ({ set, share }) => share * measures.objectsOf(set)),
    detail: `INTELLIGENT_TIERING's watch at ${name}`,
  });
  return [...stored, ...early, watched, ...moved, ...removalLines(month, name), ...way];
}

function removalLines({ removed }: StorageMonth, name: string): CostLine[] {
  const { put, get } = recorded.perRemovedSet;
  const detail = `removals at ${name}`;
  return [
    costLine('requests', 's3.put', { quantity: put * removed, detail }),
    costLine('requests', 's3.get', { quantity: get * removed, detail }),
  ];
}

/** What is made goes to each copy once. S3 bills its own replication as transfer, PUTs and the time promised. */
function wayLines(
  { made }: StorageMonth,
  { name, way, distance }: DestinationFacts,
  { bytesOf, objectsOf }: SetMeasures,
): CostLine[] {
  const quantity = sum(made, bytesOf) / gibibyte;
  if (way === 'none') return [];
  const detail = `to ${name}`;
  const lines =
    distance === 'same' ? [] : [costLine('transfer', ways[distance], { quantity, detail })];
  if (way === 'holdfast') return lines;
  return [
    ...lines,
    costLine('transfer', 's3.replication-time-control', { quantity, detail }),
    costLine('requests', 's3.put', { quantity: sum(made, objectsOf), detail }),
  ];
}

const sum = <T>(list: readonly T[], amount: (each: T) => number): number =>
  list.reduce((total, each) => total + amount(each), 0);
