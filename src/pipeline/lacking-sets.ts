/** Which sets a copy that S3 makes should have and has not: older than its rule, or never arrived. */
import { type BackupId, backupTime } from '../core/backup-id.ts';
import type { Keep } from '../core/config/source.ts';
import { replicationMinutes } from './replication.ts';
import { planSourceRetention, type RetentionRules } from './sets/retention-plan.ts';
import { listSets, type Vault } from './vault/index.ts';

export interface LackingOptions {
  readonly vault: Vault;
  readonly there: Vault;
  /** The copy's own: what it does not keep it may lack. */
  readonly keep: Keep | undefined;
  readonly rules: RetentionRules;
}

/** In order of time. Reads sets only where one is missing at all: else it is a listing of each side. */
export async function lackingSets(name: string, options: LackingOptions): Promise<BackupId[]> {
  const { vault, there, keep, rules } = options;
  const before = new Date(rules.now.getTime() - replicationMinutes * 60_000);
  const found = new Set(await idsOf(there, name));
  const missing = (await idsOf(vault, name)).filter(
    (id) => !found.has(id) && backupTime(id) <= before,
  );
  if (missing.length === 0) return [];
  const plan = await planSourceRetention(name, { vault, keep }, rules);
  const wanted = new Set(plan.keep.map(({ id }) => id));
  return missing.filter((id) => wanted.has(id));
}

async function idsOf(vault: Vault, source: string): Promise<BackupId[]> {
  const ids: BackupId[] = [];
  for await (const id of listSets(vault, source)) ids.push(id);
  return ids;
}
