/** How every source stands, for the check that runs every few minutes. */
import pLimit from 'p-limit';
import { type BackupId, backupTime } from '../core/backup-id.ts';
import type { SourceBase } from '../core/config/source.ts';
import { mostMeasuredSources } from '../core/figures.ts';
import { rpoStatus } from '../core/objectives.ts';
import { isCommitted, lastProof } from './sets/stored-sets.ts';
import { type SourceStatus, sourceStatus } from './status.ts';
import { listSets, loadSet, type Vault, withOneListing } from './vault/index.ts';

/** What only a look at every set tells may be absent. */
export type Standing = Pick<SourceStatus, 'source' | 'lastGood' | 'rpo'> &
  Partial<Pick<SourceStatus, 'sets' | 'storedBytes' | 'lastDrilled'>>;

const atOnce = 16;

/**
 * In the order of `sources`. Few sources are looked at to the last set; of many, only the newest sets are
 * read, until a verified one: ten thousand sources have hundreds of thousands of sets.
 */
export function standings(
  sources: Readonly<Record<string, SourceBase>>,
  vault: Vault,
): Promise<Standing[]> {
  const limit = pLimit(atOnce);
  const entries = Object.entries(sources);
  const look = entries.length > mostMeasuredSources ? newestStanding : sourceStatus;
  return Promise.all(entries.map(([name, source]) => limit(() => look(name, { vault, source }))));
}

/** By the newest whole set and the newest whole set with a proof. */
export async function newestStanding(
  name: string,
  { vault, source }: { readonly vault: Vault; readonly source: SourceBase },
): Promise<Standing> {
  const listed = await withOneListing(vault, name);
  const ids: BackupId[] = [];
  for await (const id of listSets(listed, name)) ids.push(id);
  let lastGood: Standing['lastGood'];
  let newestVerifiedAt: Date | undefined;
  for (const id of ids.toReversed()) {
    const set = await loadSet(listed, name, id);
    if (!isCommitted(set) || set.manifest.partial) continue;
    const at = backupTime(id);
    lastGood ??= { id, at, storedBytes: set.manifest.totals.storedBytes };
    if (lastProof(set, ['checked', 'read', 'drilled']) === undefined) continue;
    newestVerifiedAt = at;
    break;
  }
  const rpo = rpoStatus({ rpo: source.objectives?.rpo, newestVerifiedAt, now: vault.now() });
  return { source: name, rpo, ...(lastGood && { lastGood }) };
}
