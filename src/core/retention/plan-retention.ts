/** Which sets stay and which go, with a reason for each. The rules are told in docs/retention.md. */
import { type BackupId, backupTime } from '../backup-id.ts';
import type { Keep } from '../config/source.ts';
import { isUsable, neededBy, removalOrder } from './chains.ts';
import { keptAsProof, keptByState } from './protections.ts';
import { keptByRules } from './rules.ts';
import type {
  Reason,
  RetainedPolicy,
  RetainedSet,
  RetentionDecision,
  RetentionInput,
  RetentionPlan,
} from './set.ts';

/** Pure and deterministic; ids are unique. Applied twice, it removes nothing more. */
export function planRetention(input: RetentionInput): RetentionPlan {
  const sets = input.sets.toSorted((a, b) => (a.id < b.id ? 1 : -1));
  const byId = new Map(sets.map((set) => [set.id, set]));
  const usable = sets.filter((set) => isUsable(set, byId));
  const reasons = collect([
    ...keptByState(byId, input.now),
    ...keptAsProof(usable, input),
    ...keptByPolicies(usable, input),
  ]);
  for (const [id, reason] of neededBy(new Set(reasons.keys()), byId)) add(reasons, id, reason);

  const goes = sets.filter(({ id }) => !reasons.has(id));
  return {
    keep: sets.filter(({ id }) => reasons.has(id)).map((set) => decide(set, reasons.get(set.id))),
    remove: removalOrder(goes, byId).map((set) => decide(set, [reasonToGo(set, input)])),
  };
}

const decide = (
  { id, policy }: RetainedSet,
  reasons: readonly string[] = [],
): RetentionDecision => ({
  id,
  policy,
  reasons,
});

function collect(pairs: Iterable<Reason>): Map<BackupId, string[]> {
  const reasons = new Map<BackupId, string[]>();
  for (const [id, reason] of pairs) add(reasons, id, reason);
  return reasons;
}

function add(reasons: Map<BackupId, string[]>, id: BackupId, reason: string): void {
  reasons.set(id, [...(reasons.get(id) ?? []), reason]);
}

function* keptByPolicies(usable: readonly RetainedSet[], input: RetentionInput): Generator<Reason> {
  const reference = referenceTime(usable, input.now);
  for (const [name, sets] of Map.groupBy(usable, ({ policy }) => policy)) {
    const policy = policyOf(name, input);
    const keep = policy && keepOf(policy, input);
    if (policy && keep) {
      yield* keptByRules({ sets, keep, timezone: policy.timezone, reference });
      continue;
    }
    const why = policy ? 'has no keep' : 'is not in the configuration';
    for (const { id } of sets) yield [id, `policy ${name} ${why}: its sets all stay`];
  }
}

/**
 * Ages count from the newest verified set, not from the clock: backups that stopped, or a clock that
 * ran ahead, do not age the last good ones away; nor does a set whose time is still to come.
 */
function referenceTime(usable: readonly RetainedSet[], now: Date): Date {
  const proven = usable.find((set) => set.verified && !set.partial && backupTime(set.id) <= now);
  return proven ? backupTime(proven.id) : now;
}

const policyOf = (name: string, { policies }: RetentionInput): RetainedPolicy | undefined =>
  Object.hasOwn(policies, name) ? policies[name] : undefined;

const keepOf = (policy: RetainedPolicy | undefined, { keep }: RetentionInput): Keep | undefined =>
  keep ?? policy?.keep;

function reasonToGo(set: RetainedSet, input: RetentionInput): string {
  if (set.state === 'removed') return 'its removal had begun, and is finished now';
  const keep = keepOf(policyOf(set.policy, input), input);
  const rules = Object.entries({ ...keep }).map(([rule, amount]) => `${rule} ${amount}`);
  return `no rule of policy ${set.policy} keeps it (${rules.join(', ')})`;
}
