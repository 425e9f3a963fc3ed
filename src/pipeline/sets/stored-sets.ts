/** The sets of a source, loaded a few at a time. */
import pLimit from 'p-limit';
import type { Attestation } from '../../core/attestation.ts';
import type { BackupId } from '../../core/backup-id.ts';
import type { SetCandidate } from '../../core/choose-set.ts';
import type { Manifest } from '../../core/manifest.ts';
import {
  type EnoughSaid,
  listSets,
  loadSet,
  type StoredSet,
  type Vault,
  withOneListing,
} from '../vault/index.ts';

const atOnce = 8;

/** In order of time, whatever their state. */
export async function loadSets(vault: Vault, source: string): Promise<StoredSet[]> {
  const limit = pLimit(atOnce);
  const listed = await withOneListing(vault, source);
  const ids: BackupId[] = [];
  for await (const id of listSets(listed, source)) ids.push(id);
  return Promise.all(ids.map((id) => limit(() => loadSet(listed, source, id))));
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

export type ProofKind = 'checked' | 'read' | 'drilled';
const proofKinds: readonly ProofKind[] = ['checked', 'read', 'drilled'];

/** Signed by one of the vault's signers, about this very manifest; oldest first. */
function proofsOf(set: StoredSet, kinds: readonly ProofKind[]): Attestation[] {
  return set.attestations
    .filter(
      ({ verified, attestation, manifestSha256 }) =>
        verified &&
        manifestSha256 === set.manifestSha256 &&
        kinds.includes(attestation.kind as ProofKind),
    )
    .map(({ attestation }) => attestation)
    .toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

/** When a proof of these kinds last passed. */
export function lastProof(set: StoredSet, kinds: readonly ProofKind[]): Date | undefined {
  const newest = proofsOf(set, kinds).findLast(({ passed }) => passed);
  return newest === undefined ? undefined : new Date(newest.at);
}

/** How the newest proof of any kind went; a drill that compared nothing says nothing. */
export function lastVerdict(set: StoredSet): 'passed' | 'failed' | undefined {
  const newest = proofsOf(set, proofKinds).filter(isTelling).at(-1);
  if (newest === undefined) return undefined;
  return newest.passed ? 'passed' : 'failed';
}

const isTelling = ({ passed, details }: Attestation): boolean =>
  passed || details['code'] !== undefined || Boolean(details['findings']);

/** Older statements than this one do not change `lastVerdict`. */
export const tellsVerdict: EnoughSaid = ({ verified, attestation }) =>
  verified && proofKinds.includes(attestation.kind as ProofKind) && isTelling(attestation);

/** Nothing is to be expected of it until a proof passes. */
export const isProvenBad = (set: StoredSet): boolean =>
  set.state === 'damaged' || lastVerdict(set) === 'failed';

export const newestOf = <T extends { readonly id: BackupId }>(sets: readonly T[]): T | undefined =>
  sets.toSorted((a, b) => (a.id < b.id ? 1 : -1))[0];
