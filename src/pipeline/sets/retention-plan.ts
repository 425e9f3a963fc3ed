/** What retention would do with a source at one destination: from what lies there, decided in core. */
import type { BackupId } from '../../core/backup-id.ts';
import type { Keep, SourceBase } from '../../core/config/source.ts';
import { layout } from '../../core/layout.ts';
import { planRetention, type RetainedSet, type RetentionPlan } from '../../core/retention/index.ts';
import { currentHold } from '../hold.ts';
import type { StoredSet, Vault } from '../vault/index.ts';
import { isCommitted, isProvenBad, lastProof, lastVerdict, loadSets } from './stored-sets.ts';

/** A place that keeps sets, with its own retention. */
export interface RetainedDestination {
  /** `primary`, or a copy's name. */
  readonly name: string;
  /** In place of each policy's own. */
  readonly keep?: Keep | undefined;
  /** Made by S3 from a primary that nobody here can ask: see `PlannedDestination`. */
  readonly replicated?: boolean | undefined;
  /** Opened when its turn comes, so that one that is away holds up no other. */
  open(): Promise<Vault>;
}

export interface RetentionRules {
  readonly source: SourceBase;
  readonly floor: number;
  readonly now: Date;
}

export interface PlannedDestination {
  readonly vault: Vault;
  readonly keep?: Keep | undefined;
  /** At a copy, as `lastAtCopies` says. */
  readonly mayBeLast?: LastAtCopies | undefined;
  /** What was never proven good stays: its sibling in the primary may be worse, or not be there. */
  readonly replicated?: boolean | undefined;
}

export type LastAtCopies = (id: BackupId) => boolean;

/** What the primary has damaged; undefined where it cannot be read, and nothing where there are no copies. */
export async function badAtPrimary(
  source: string,
  destinations: readonly RetainedDestination[],
): Promise<ReadonlySet<BackupId> | undefined> {
  const primary = destinations.find(({ name }) => name === 'primary');
  if (!primary || destinations.length === 1) return new Set();
  try {
    const bad = (await loadSets(await primary.open(), source)).filter(isProvenBad);
    return new Set(bad.map(({ id }) => id));
  } catch {
    return undefined;
  }
}

/** Which sets are good at the copies at most. */
export const lastAtCopies =
  (bad: ReadonlySet<BackupId> | undefined): LastAtCopies =>
  (id) =>
    bad === undefined || bad.has(id);

/** What stays of a source at one destination, and why; `keep` is that destination's own, where it has one. */
export async function planSourceRetention(
  name: string,
  { vault, keep, mayBeLast, replicated = false }: PlannedDestination,
  rules: RetentionRules,
): Promise<RetentionPlan> {
  const stored = await loadSets(vault, name);
  const sets = await Promise.all(
    stored.map(async (set) => ({
      ...(await retainedSet(vault, set, rules.source)),
      mayBeLast: mayBeLast?.(set.id),
      unproven: replicated && isCommitted(set) && lastVerdict(set) !== 'passed',
    })),
  );
  return decideRetention(sets, keep, rules);
}

/** The same for sets that are loaded already. */
export function decideRetention(
  sets: readonly RetainedSet[],
  keep: Keep | undefined,
  { source, floor, now }: RetentionRules,
): RetentionPlan {
  const policies = Object.entries(source.policies).map(
    ([policy, { keep, timezone }]) => [policy, { keep, timezone }] as const,
  );
  return planRetention({ sets, policies: Object.fromEntries(policies), keep, floor, now });
}

/** For retention a set is verified when it was restored, where the source has a drill, else checked. */
export async function retainedSet(
  vault: Vault,
  set: StoredSet,
  source: SourceBase,
): Promise<RetainedSet> {
  return {
    id: set.id,
    policy: set.manifest?.policy ?? policyOf(set),
    parent: set.manifest?.parent ?? null,
    partial: set.manifest?.partial ?? false,
    state: set.state === 'committed' && isProvenBad(set) ? 'failed' : set.state,
    verified: isVerified(set, source),
    held: currentHold(set)?.reason,
    lockedUntil: await lockOf(vault, set),
  };
}

export const isVerified = (set: StoredSet, source: SourceBase): boolean =>
  isCommitted(set) && !isProvenBad(set) && verifiedAt(set, source) !== undefined;

/** When the proof that retention asks for was last given. */
export const verifiedAt = (set: StoredSet, source: SourceBase): Date | undefined =>
  lastProof(set, source.drill ? ['drilled'] : ['checked', 'read', 'drilled']);

const policyOf = ({ id }: StoredSet): string => id.split('-').slice(1, -1).join('-');

async function lockOf(vault: Vault, { source, id }: StoredSet): Promise<Date | undefined> {
  if (!vault.store.locks) return undefined;
  return (await vault.store.head(layout.manifest(source, id)))?.lockedUntil;
}
