/** What retention would do with a source at one destination: from what lies there, decided in core. */
import type { BackupId } from '../../core/backup-id.ts';
import type { Keep, SourceBase } from '../../core/config/source.ts';
import { layout } from '../../core/layout.ts';
import { planRetention, type RetainedSet, type RetentionPlan } from '../../core/retention/index.ts';
import { currentHold } from '../hold.ts';
import type { StoredSet, Vault } from '../vault/index.ts';
import { isCommitted, isProvenBad, lastProof, loadSets } from './stored-sets.ts';

/** A place that keeps sets, with its own retention. */
export interface RetainedDestination {
  /** `primary`, or a copy's name. */
  readonly name: string;
  /** In place of each policy's own. */
  readonly keep?: Keep | undefined;
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
}

export type LastAtCopies = (id: BackupId) => boolean;

/** Which sets are good at the copies at most, by what the primary says of them, or does not. */
export async function lastAtCopies(
  source: string,
  destinations: readonly RetainedDestination[],
): Promise<LastAtCopies> {
  const primary = destinations.find(({ name }) => name === 'primary');
  if (!primary || destinations.length === 1) return () => false;
  try {
    const bad = (await loadSets(await primary.open(), source)).filter(isProvenBad);
    const ids = new Set(bad.map(({ id }) => id));
    return (id) => ids.has(id);
  } catch {
    return () => true;
  }
}

/** What stays of a source at one destination, and why; `keep` is that destination's own, where it has one. */
export async function planSourceRetention(
  name: string,
  { vault, keep, mayBeLast }: PlannedDestination,
  rules: RetentionRules,
): Promise<RetentionPlan> {
  const stored = await loadSets(vault, name);
  const retained = await Promise.all(stored.map((set) => retainedSet(vault, set, rules.source)));
  const sets = retained.map((set) => ({ ...set, mayBeLast: mayBeLast?.(set.id) }));
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
