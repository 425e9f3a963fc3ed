/** How a source stands: its sets, its proofs, its age against what was promised, its next run. */
import { type BackupId, backupTime } from '../core/backup-id.ts';
import type { SourceBase } from '../core/config/source.ts';
import { type RpoStatus, type RtoStatus, rpoStatus, rtoStatus } from '../core/objectives.ts';
import { nextRun, parseSchedule } from '../core/schedule.ts';
import {
  type CommittedSet,
  isCommitted,
  lastProof,
  loadSets,
  newestOf,
} from './sets/stored-sets.ts';
import type { Vault } from './vault/index.ts';

export interface SourceStatus {
  readonly source: string;
  readonly sets: number;
  readonly damaged: number;
  readonly storedBytes: number;
  /** The newest committed set that is not partial. */
  readonly lastGood?: { readonly id: BackupId; readonly at: Date; readonly storedBytes: number };
  /** The newest set with a passed proof of any level. */
  readonly lastVerified?: { readonly id: BackupId; readonly at: Date };
  readonly lastDrilled?: { readonly id: BackupId; readonly at: Date; readonly seconds: number };
  readonly rpo: RpoStatus;
  readonly rto: RtoStatus;
  /** Stored bytes of the last seven whole sets, oldest first. */
  readonly sizeTrend: readonly number[];
  readonly nextRun?: { readonly policy: string; readonly at: Date };
}

const trendLength = 7;

/** A partial set is neither good nor verified here; damaged ones are counted, never passed over. */
export async function sourceStatus(
  name: string,
  { vault, source }: { readonly vault: Vault; readonly source: SourceBase },
): Promise<SourceStatus> {
  const sets = await loadSets(vault, name);
  const committed = sets.filter(isCommitted);
  const whole = committed.filter(({ manifest }) => !manifest.partial);
  const now = vault.now();
  const lastGood = newestOf(whole);
  const verified = newestOf(whole.filter((set) => lastProof(set, ['checked', 'read', 'drilled'])));
  const drilled = lastDrill(committed);
  const next = nextRunOf(source, now);
  const newestVerifiedAt = verified && backupTime(verified.id);
  return {
    source: name,
    sets: committed.length,
    damaged: sets.filter(({ state }) => state === 'damaged').length,
    storedBytes: committed.reduce((sum, set) => sum + bytesOf(set), 0),
    ...(lastGood && {
      lastGood: { id: lastGood.id, at: backupTime(lastGood.id), storedBytes: bytesOf(lastGood) },
    }),
    ...(verified && { lastVerified: { id: verified.id, at: backupTime(verified.id) } }),
    ...(drilled && { lastDrilled: drilled }),
    rpo: rpoStatus({ rpo: source.objectives?.rpo, newestVerifiedAt, now }),
    rto: rtoStatus(source.objectives?.rto, drilled?.seconds),
    sizeTrend: whole.slice(-trendLength).map(bytesOf),
    ...(next && { nextRun: next }),
  };
}

const bytesOf = ({ manifest }: CommittedSet): number => manifest.totals.storedBytes;

function lastDrill(sets: readonly CommittedSet[]): SourceStatus['lastDrilled'] {
  const drills = sets.flatMap((set) => {
    const at = lastProof(set, ['drilled']);
    const proof = set.attestations.find(
      ({ attestation }) => attestation.kind === 'drilled' && attestation.at === at?.toISOString(),
    );
    return at && proof
      ? [{ id: set.id, at, seconds: Number(proof.attestation.details['seconds'] ?? 0) }]
      : [];
  });
  return drills.toSorted((a, b) => b.at.getTime() - a.at.getTime())[0];
}

function nextRunOf(source: SourceBase, now: Date): SourceStatus['nextRun'] {
  const runs = Object.entries(source.policies).flatMap(([policy, { schedule, timezone }]) => {
    const at = schedule && nextRun(parseSchedule(schedule, timezone), now);
    return at ? [{ policy, at }] : [];
  });
  return runs.toSorted((a, b) => a.at.getTime() - b.at.getTime())[0];
}
