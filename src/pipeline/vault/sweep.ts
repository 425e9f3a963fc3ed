/** What dead attempts left: objects of sets that were never committed, removals and uploads unfinished. */
import { type BackupId, backupTime, isBackupId } from '../../core/backup-id.ts';
import { layout } from '../../core/layout.ts';
import { hasCode } from './documents.ts';
import { isLeaseHeld } from './lease.ts';
import { withOneListing } from './one-listing.ts';
import { deleteSetObjects } from './remove-set.ts';
import { loadSet } from './sets.ts';
import type { SetAddress, Vault } from './vault.ts';

export interface SweepOptions {
  /** Only what this source left; absent: every source, which takes a request or two for each set. */
  readonly source?: string | undefined;
  /** Only what is older. */
  readonly before: Date;
  /** Called before each page of deletions: the maintainer's lease. */
  readonly check: () => Promise<void>;
}

export interface SweepReport {
  readonly removed: readonly SetAddress[];
  /** Leftovers that Object Lock still keeps. */
  readonly locked: readonly SetAddress[];
  readonly uploads: number;
}

/** The lease that a dump of a source holds. */
export const sourceLease = (source: string): string => `source-${source}`;

/** Written in moments: what is older than the grace time is dead, whoever holds a lease. */
const smallObjects = (source: string | undefined): string[] =>
  source === undefined
    ? ['vault', layout.sets, layout.results, 'leases/', 'runs/', 'state/']
    : [layout.sourceSets(source)];

/** Touches nothing of a source whose lease is held, nothing committed, nothing damaged. */
export async function sweep(vault: Vault, options: SweepOptions): Promise<SweepReport> {
  const removed: SetAddress[] = [];
  const locked: SetAddress[] = [];
  let uploads = 0;
  for (const source of await sources(vault, options.source)) {
    if (await isLeaseHeld(vault, sourceLease(source))) continue;
    uploads += await vault.store.sweepUploads(layout.sourceData(source), options.before);
    for (const set of await leftovers(vault, source, options.before)) {
      ((await removeLeftover(vault, set, options)) ? removed : locked).push(set);
    }
  }
  for (const prefix of smallObjects(options.source)) {
    uploads += await vault.store.sweepUploads(prefix, options.before);
  }
  return { removed, locked, uploads };
}

async function leftovers(vault: Vault, source: string, before: Date): Promise<SetAddress[]> {
  const found: SetAddress[] = [];
  const listed = await withOneListing(vault, source);
  for (const id of await setIds(listed, source)) {
    if (await isLeftover(listed, { source, id }, before)) found.push({ source, id });
  }
  return found;
}

async function removeLeftover(
  vault: Vault,
  set: SetAddress,
  { check }: SweepOptions,
): Promise<boolean> {
  try {
    await deleteSetObjects(vault, set, check);
    return true;
  } catch (error) {
    if (hasCode(error, 'OBJECT_LOCKED')) return false;
    throw error;
  }
}

async function isLeftover(vault: Vault, set: SetAddress, before: Date): Promise<boolean> {
  const { state } = await loadSet(vault, set.source, set.id);
  if (state === 'removed') return true;
  if (state !== 'uncommitted' || backupTime(set.id) >= before) return false;
  for (const prefix of [layout.set(set.source, set.id), layout.setData(set.source, set.id)]) {
    for await (const { modifiedAt } of vault.store.list(prefix)) {
      if (modifiedAt >= before) return false;
    }
  }
  return true;
}

/** Also one that never stored a whole object: its lease names it. */
async function sources(vault: Vault, only: string | undefined): Promise<string[]> {
  if (only !== undefined) return [only];
  const names = new Set<string>();
  const prefix = sourceLease('');
  for await (const lease of vault.leaseStore.listFolders('leases/')) {
    if (lease.startsWith(prefix)) names.add(lease.slice(prefix.length));
  }
  for (const prefix of [layout.sets, layout.data]) {
    for await (const name of vault.store.listFolders(prefix)) names.add(name);
  }
  return [...names];
}

async function setIds(vault: Vault, source: string): Promise<BackupId[]> {
  const ids = new Set<BackupId>();
  for (const prefix of [layout.sourceSets(source), layout.sourceData(source)]) {
    for await (const name of vault.store.listFolders(prefix)) if (isBackupId(name)) ids.add(name);
  }
  return [...ids].sort();
}
