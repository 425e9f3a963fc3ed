/** AWS Backup's list price for the same data, kept as long: a comparison, between two bounds. */
import type { SourceFacts } from './facts.ts';
import { gibibyte, type PriceName, prices } from './prices.ts';
import { setSizes } from './set-sizes.ts';
import type { StoredThere } from './source-month.ts';
import { ways } from './storage-lines.ts';

export interface AwsBackupMonth {
  /** Each recovery point after the first holds only what changed: `changedShare` of the source. */
  readonly least: number;
  /** Each recovery point as large as the source. */
  readonly most: number;
}

/** Of a source, from one recovery point to the next; nobody measured it. */
export const changedShare = 0.02;

/** AWS Backup stores a database uncompressed; where no manifest tells its size, three times the stored one. */
const compression = 3;

/** As many recovery points as there are sets, at the same places; what goes to another Region is transferred. */
export function awsBackupMonth(
  source: SourceFacts,
  places: readonly StoredThere[],
): AwsBackupMonth {
  const [policy = ''] = Object.keys(source.policies);
  const gib = sourceBytes(source, policy) / gibibyte;
  const bill = (share: number): number =>
    places
      .filter(({ destination }) => destination.onAws)
      .reduce((sum, place) => sum + placeBill(place, { gib, share, engine: source.engine }), 0);
  return { least: bill(changedShare), most: bill(1) };
}

function placeBill(
  { destination, sets, made }: StoredThere,
  { gib, share, engine }: { gib: number; share: number; engine: string },
): number {
  const stored = sets <= 0 ? 0 : gib * (1 + share * Math.max(0, sets - 1));
  const { distance } = destination;
  const way = distance === 'same' ? 0 : prices.prices[ways[distance]].dollars;
  return stored * prices.prices[priceOf(engine)].dollars + made * gib * share * way;
}

function sourceBytes({ measured, expectedBytes }: SourceFacts, policy: string): number {
  const known = measured.findLast(({ full, sourceBytes: bytes }) => full && bytes !== undefined);
  return known?.sourceBytes ?? setSizes(policy, measured, expectedBytes).fullBytes * compression;
}

const priceOf = (engine: string): PriceName =>
  engine === 'files' ? 'aws-backup.efs' : 'aws-backup.rds';
