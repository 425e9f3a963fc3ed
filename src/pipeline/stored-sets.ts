/** The sets of a source, loaded a few at a time. */
import pLimit from 'p-limit';
import type { BackupId } from '../core/backup-id.ts';
import type { SetCandidate } from '../core/choose-set.ts';
import type { Manifest } from '../core/manifest.ts';
import { listSets, loadSet, type StoredSet, type Vault } from './vault/index.ts';

const atOnce = 8;

/** In order of time, whatever their state. */
export async function loadSets(vault: Vault, source: string): Promise<StoredSet[]> {
  const limit = pLimit(atOnce);
  const ids: BackupId[] = [];
  for await (const id of listSets(vault, source)) ids.push(id);
  return Promise.all(ids.map((id) => limit(() => loadSet(vault, source, id))));
}

export type CommittedSet = StoredSet & {
  readonly manifest: Manifest;
  readonly manifestSha256: string;
};

export const isCommitted = (set: StoredSet): set is CommittedSet =>
  set.state === 'committed' && set.manifest !== undefined && set.manifestSha256 !== undefined;

export const candidateOf = (set: StoredSet): SetCandidate => ({
  id: set.id,
  committed: isCommitted(set),
  partial: set.manifest?.partial ?? false,
  problem: set.state === 'damaged' ? set.problem : undefined,
});

/** A passed proof of that kind, signed by one of the vault's signers, about this very manifest. */
export function lastProof(set: StoredSet, kinds: readonly ProofKind[]): Date | undefined {
  const times = set.attestations
    .filter(
      ({ verified, attestation, manifestSha256 }) =>
        verified &&
        attestation.passed &&
        manifestSha256 === set.manifestSha256 &&
        kinds.includes(attestation.kind as ProofKind),
    )
    .map(({ attestation }) => attestation.at);
  const newest = times.toSorted().at(-1);
  return newest === undefined ? undefined : new Date(newest);
}
export type ProofKind = 'checked' | 'read' | 'drilled';

export const newestOf = <T extends { readonly id: BackupId }>(sets: readonly T[]): T | undefined =>
  sets.toSorted((a, b) => (a.id < b.id ? 1 : -1))[0];
