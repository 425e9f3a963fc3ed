/** What a bucket's lifecycle does to a vault in it, against the tiers that are configured. */
import { type Tier, type TierClass, tierClasses } from './config/tiers.ts';
import { isColdTier } from './thaw.ts';

/** As GetBucketLifecycleConfiguration answers, as far as it matters here. */
export interface BucketRule {
  readonly ID?: string | undefined;
  readonly Status?: string | undefined;
  /** Of rules as they were written years ago. */
  readonly Prefix?: string | undefined;
  readonly Filter?:
    | {
        readonly Prefix?: string | undefined;
        readonly Tag?: unknown;
        readonly And?:
          | { readonly Prefix?: string | undefined; readonly Tags?: unknown }
          | undefined;
      }
    | undefined;
  readonly Transitions?:
    | readonly {
        readonly Days?: number | undefined;
        readonly StorageClass?: string | undefined;
      }[]
    | undefined;
}

export interface VaultPlace {
  /** Of the vault in its bucket: empty, or ends with `/`. */
  readonly prefix: string;
  /** Under which alone objects may move. */
  readonly dataPrefix: string;
  readonly tiers: readonly Tier[];
}

export interface LifecycleFindings {
  /** Configured, and not in the bucket. */
  readonly missing: readonly Tier[];
  /** In the bucket for `data/`, and not configured: `GLACIER after 30 days`. */
  readonly unknown: readonly string[];
  /** Rules that move what has to stay where it is. */
  readonly strays: readonly { readonly rule: string; readonly archives: boolean }[];
}

export const tierRuleId = 'tiers-of-data';

export function compareLifecycle(
  rules: readonly BucketRule[],
  { prefix, dataPrefix, tiers }: VaultPlace,
): LifecycleFindings {
  const moving = rules.filter(
    ({ Status, Transitions = [] }) => Status === 'Enabled' && Transitions.length > 0,
  );
  const moves = moving
    .filter((rule) => meets(prefixOf(rule), dataPrefix))
    .flatMap((rule) =>
      movesOf(rule).map((move) => ({ ...move, ofAll: isOfAll(rule, dataPrefix) })),
    );
  const same = (tier: Tier, move: Move) =>
    tier.storageClass === move.storageClass && tier.afterDays === move.afterDays;
  return {
    missing: tiers.filter((tier) => !moves.some((move) => move.ofAll && same(tier, move))),
    unknown: moves.filter((move) => !tiers.some((tier) => same(tier, move))).map(moveText),
    strays: moving
      .filter((rule) => !prefixOf(rule).startsWith(dataPrefix) && meets(prefixOf(rule), prefix))
      .map((rule) => ({
        rule: rule.ID ?? `of ${prefixOf(rule)}`,
        archives: movesOf(rule).some(({ storageClass }) => isColdTier(storageClass)),
      })),
  };
}

interface Move {
  readonly storageClass: TierClass;
  readonly afterDays: number;
}

const movesOf = ({ Transitions = [] }: BucketRule): Move[] =>
  Transitions.flatMap(({ Days: afterDays, StorageClass }) => {
    const storageClass = tierClasses.find((name) => name === StorageClass);
    return storageClass === undefined || afterDays === undefined
      ? []
      : [{ storageClass, afterDays }];
  });

export const moveText = ({ storageClass, afterDays }: Move): string =>
  `${storageClass} after ${afterDays} days`;

const prefixOf = ({ Filter, Prefix }: BucketRule): string =>
  Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? '';

const meets = (one: string, other: string): boolean =>
  one.startsWith(other) || other.startsWith(one);

/** A rule for tagged objects, or for some sources, leaves others where they are. */
const isOfAll = (rule: BucketRule, dataPrefix: string): boolean =>
  dataPrefix.startsWith(prefixOf(rule)) &&
  rule.Filter?.Tag === undefined &&
  rule.Filter?.And?.Tags === undefined;

/** The bucket's own rules, with that of the tiers. */
export function withTierRule(
  rules: readonly BucketRule[],
  { dataPrefix, tiers }: VaultPlace,
): BucketRule[] {
  const others = rules.filter(({ ID }) => ID !== tierRuleId);
  if (tiers.length === 0) return others;
  const Transitions = tiers.map(({ storageClass, afterDays }) => ({
    Days: afterDays,
    StorageClass: storageClass,
  }));
  const own = { ID: tierRuleId, Status: 'Enabled', Filter: { Prefix: dataPrefix }, Transitions };
  return [...others, own];
}
