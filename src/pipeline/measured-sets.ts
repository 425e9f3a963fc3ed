/** What the sets of a source tell about the next ones: sizes, times, what the last drill took. */
import { backupTime } from '../core/backup-id.ts';
import type { StoredFacts } from '../core/cost/facts-of-config.ts';
import { manifestObjects } from '../core/manifest.ts';
import { type CommittedSet, isCommitted, loadSets } from './sets/stored-sets.ts';
import type { Vault } from './vault/index.ts';

/** Damaged and partial sets are stored too, but no measure for others. */
export async function measureSets(vault: Vault, source: string): Promise<StoredFacts> {
  const sets = (await loadSets(vault, source)).filter(isCommitted);
  const drillSeconds = lastDrillSeconds(sets);
  return {
    measured: sets.filter(({ manifest }) => !manifest.partial).map(measured),
    present: sets.map(({ id, manifest }) => ({
      id,
      policy: manifest.policy,
      parent: manifest.parent,
      bornMs: backupTime(id).getTime(),
      storedBytes: manifest.totals.storedBytes,
    })),
    ...(drillSeconds !== undefined && { drillSeconds }),
  };
}

function measured({ id, manifest }: CommittedSet): StoredFacts['measured'][number] {
  const { policy, parent, totals, startedAt, finishedAt } = manifest;
  return {
    policy,
    full: parent === null,
    bornMs: backupTime(id).getTime(),
    storedBytes: totals.storedBytes,
    sourceBytes: totals.sourceBytes,
    objects: manifestObjects(manifest).length,
    seconds: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000,
  };
}

function lastDrillSeconds(sets: readonly CommittedSet[]): number | undefined {
  const drills = sets
    .flatMap(({ attestations }) => attestations)
    .filter(({ verified, attestation }) => verified && attestation.kind === 'drilled')
    .map(({ attestation }) => attestation)
    .toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const seconds = drills.at(-1)?.details['seconds'];
  return typeof seconds === 'number' ? seconds : undefined;
}
