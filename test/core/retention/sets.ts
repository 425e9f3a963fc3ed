/** Sets for retention's tests. */
import { type BackupId, mintBackupId } from '../../../src/core/backup-id.ts';
import type {
  RetainedSet,
  RetentionInput,
  RetentionPlan,
} from '../../../src/core/retention/index.ts';

let serial = 0;

/** A complete, verified full of policy `daily`, taken at `time`. */
export function setAt(time: string, fields: Partial<RetainedSet> = {}): RetainedSet {
  serial += 1;
  const policy = fields.policy ?? 'daily';
  const id = mintBackupId(new Date(time), policy, serial.toString(16).padStart(8, '0'));
  return {
    id,
    policy,
    parent: null,
    partial: false,
    state: 'committed',
    verified: true,
    ...fields,
  };
}

/** One set a day at 02:00 UTC, the last on `lastDay`, oldest first. */
export function dailySets(lastDay: string, days: number, fields: Partial<RetainedSet> = {}) {
  const last = new Date(`${lastDay}T02:00:00Z`).getTime();
  return Array.from({ length: days }, (_, n) =>
    setAt(new Date(last - (days - 1 - n) * 86_400_000).toISOString(), fields),
  );
}

export const inputOf = (
  sets: readonly RetainedSet[],
  fields: Partial<RetentionInput> = {},
): RetentionInput => ({
  sets,
  policies: { daily: { timezone: 'UTC', keep: { daily: 7 } } },
  floor: 1,
  now: new Date('2026-11-21T03:00:00Z'),
  ...fields,
});

export const days = (ids: readonly { id: BackupId }[]): string[] =>
  ids.map(({ id }) => id.slice(4, 8));

export function reasonsFor(plan: RetentionPlan, id: BackupId): readonly string[] {
  const decision = [...plan.keep, ...plan.remove].find((each) => each.id === id);
  if (!decision) throw new Error(`nothing was decided about ${id}`);
  return decision.reasons;
}

export function nth<T>(list: readonly T[], n: number): T {
  const found = list[n];
  if (found === undefined) throw new Error(`there is no element ${n}`);
  return found;
}
