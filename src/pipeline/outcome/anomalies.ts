/** The figures of a new set against those of the last ones of its kind. */
import {
  type Anomaly,
  anomalyThresholds,
  comparableSets,
  findAnomalies,
  type MeasuredSet,
} from '../../core/anomaly.ts';
import type { BackupId } from '../../core/backup-id.ts';
import type { SourceBase } from '../../core/config/source.ts';
import { IntegrityError } from '../../core/errors.ts';
import type { CommittedSet } from '../sets/stored-sets.ts';
import { listSets, readManifest, type Vault } from '../vault/index.ts';

/** As many as core compares with. */
const enough = 7;

export async function anomaliesOf(
  { manifest }: CommittedSet,
  vault: Vault,
  source: SourceBase,
): Promise<Anomaly[]> {
  const earlier = await earlierSets(manifest, vault, manifest.source);
  const totals = comparableSets(manifest, earlier).map((set) => set.totals);
  const found = findAnomalies(manifest.totals, totals, anomalyThresholds(source.anomaly));
  // An increment holds what changed: its size says nothing, what it adds up to does.
  return found.filter(({ figure }) => figure !== 'size' || manifest.parent === null);
}

/** Newest first, and no more manifests than it takes. */
async function earlierSets(
  current: MeasuredSet,
  vault: Vault,
  source: string,
): Promise<MeasuredSet[]> {
  const ids: BackupId[] = [];
  for await (const id of listSets(vault, source)) if (id < current.id) ids.push(id);
  const sets: MeasuredSet[] = [];
  for (const id of ids.toReversed()) {
    const set = await manifestOf(vault, source, id);
    if (set) sets.push(set);
    if (comparableSets(current, sets).length === enough) break;
  }
  return sets;
}

/** A set without a readable manifest has no figures. */
async function manifestOf(
  vault: Vault,
  source: string,
  id: BackupId,
): Promise<MeasuredSet | undefined> {
  try {
    return (await readManifest(vault, source, id)).manifest;
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}
