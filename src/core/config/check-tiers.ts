/** Tiers that S3 would refuse, and those that cost more or answer later than one may expect. */
import { fullSeconds } from '../chain.ts';
import { earlyRemovals } from './early-removal.ts';
import { type Finding, finding, warning } from './finding.ts';
import type { Path } from './place.ts';
import type { Config, Destination } from './schema.ts';
import type { Keep } from './source.ts';
import { archivedAfterDays, leastDays, type Tier, tierClasses, tiersOf } from './tiers.ts';

export function checkTiers(config: Config): Finding[] {
  const { primary, copies } = config.vault;
  const places: { path: Path; place: Destination & { readonly keep?: Keep | undefined } }[] = [
    { path: ['vault', 'primary', 'tiers'], place: primary },
    ...copies.map((place, index) => ({ path: ['vault', 'copies', index, 'tiers'], place })),
  ];
  return places.flatMap(({ path, place }) => {
    const tiers = tiersOf(place);
    if (tiers.length === 0 || !place.url.startsWith('s3:')) return [];
    if (place.endpoint !== undefined) {
      return [finding(path, 'only for S3 of AWS: `endpoint` names another server', 'key')];
    }
    const refused = tiers.flatMap((tier, n) => refusedTier(tier, tiers[n - 1], [...path, n]));
    if (refused.length > 0) return refused;
    const isPrimary = place === primary;
    return [
      ...tiers.flatMap((tier, n) => dearTier(tier, tiers[n + 1], [...path, n])),
      ...(isPrimary ? oneZone(tiers, path) : []),
      ...coldBases(config, { tiers, path, isPrimary }),
      ...earlyRemovals(config, { tiers, path, keep: place.keep, lockDays: place.lock?.days ?? 0 }),
    ];
  });
}

function refusedTier(tier: Tier, before: Tier | undefined, path: Path): Finding[] {
  const { storageClass, afterDays } = tier;
  const least = storageClass.endsWith('_IA') ? 30 : 0;
  return [
    ...(afterDays < least
      ? [finding([...path, 'after'], `${afterDays} days; ${storageClass} takes nothing before 30d`)]
      : []),
    ...(before === undefined ? [] : refusedOrder(tier, before, path)),
    ...refusedArchive(tier, path),
  ];
}

function refusedOrder(tier: Tier, before: Tier, path: Path): Finding[] {
  const next = nextClasses(before);
  if (!next.includes(tier.storageClass)) {
    const allowed = next.length === 0 ? 'nothing' : next.join(', ');
    const message = `${tier.storageClass} after ${before.storageClass}; S3 moves objects from there to: ${allowed}`;
    return [finding([...path, 'class'], message)];
  }
  // S3 keeps an object for 30 days in an infrequent-access class before it moves on.
  const rest = before.storageClass.endsWith('_IA') ? 30 : 1;
  const earliest = before.afterDays + rest;
  if (tier.afterDays >= earliest) return [];
  const message = `${tier.afterDays} days; allowed after ${before.storageClass} at ${before.afterDays}d: ${earliest}d or later`;
  return [finding([...path, 'after'], message)];
}

const nextClasses = ({ storageClass }: Tier) =>
  tierClasses
    .slice(tierClasses.indexOf(storageClass) + 1)
    .filter((name) => storageClass !== 'ONEZONE_IA' || name !== 'GLACIER_IR');

const archives = [
  { key: 'archiveAccess', days: 'archiveAccessDays', least: 90 },
  { key: 'deepArchiveAccess', days: 'deepArchiveAccessDays', least: 180 },
] as const;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_Tiering.html */
function refusedArchive(tier: Tier, path: Path): Finding[] {
  const { archiveAccessDays = 0, deepArchiveAccessDays = Infinity } = tier;
  const said = archives.flatMap(({ key, days, least }) => {
    const value = tier[days];
    return value === undefined ? [] : [{ key, value, least }];
  });
  if (tier.storageClass !== 'INTELLIGENT_TIERING') {
    return said.map(({ key }) => finding([...path, key], 'only of INTELLIGENT_TIERING', 'key'));
  }
  const found = said
    .filter(({ value, least }) => value < least || value > 730)
    .map(({ key, value, least }) =>
      finding([...path, key], `${value} days; allowed: ${least}d to 730d`),
    );
  if (archiveAccessDays < deepArchiveAccessDays) return found;
  const message = 'has to come after `archiveAccess`';
  return [...found, finding([...path, 'deepArchiveAccess'], message)];
}

function dearTier({ storageClass, afterDays }: Tier, next: Tier | undefined, path: Path) {
  if (next === undefined) return [];
  const least = leastDays[storageClass];
  const stays = next.afterDays - afterDays;
  if (stays >= least) return [];
  const message = `left for ${next.storageClass} after ${stays} days; ${storageClass} is billed for ${least} days all the same`;
  return [warning([...path, 'class'], message)];
}

function oneZone(tiers: readonly Tier[], path: Path): Finding[] {
  const n = tiers.findIndex(({ storageClass }) => storageClass === 'ONEZONE_IA');
  if (n < 0) return [];
  const message =
    'ONEZONE_IA lies in one availability zone and is lost with it: for a copy, not for the vault itself';
  return [warning([...path, n, 'class'], message)];
}

interface Tiered {
  readonly tiers: readonly Tier[];
  readonly path: Path;
  readonly isPrimary: boolean;
}

/** An increment is as old as its restore allows, its base up to a period older. */
function coldBases({ sources }: Config, { tiers, path, isPrimary }: Tiered): Finding[] {
  const archived = archivedAfterDays(tiers);
  if (archived === undefined) return [];
  const chains = Object.entries(sources).flatMap(([source, { policies }]) =>
    Object.entries(policies)
      .filter(([, { method }]) => method === 'incremental')
      .map(([policy, { full }]) => ({
        name: `${source}/${policy}`,
        days: fullSeconds(full) / 86_400,
      })),
  );
  return chains.map(({ name, days }) => {
    if (days <= archived) {
      const message = `the base of ${name} is archived up to ${days} days before its last increment: to restore one of those waits for the base. GLACIER_IR never waits`;
      return warning(path, message);
    }
    const then = isPrimary
      ? 'the next increment becomes a full then'
      : 'to restore the newest set from here waits for it';
    return warning(
      path,
      `${name} builds on a full for ${days} days, which is archived after ${archived}: ${then}`,
    );
  });
}
