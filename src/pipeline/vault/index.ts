export { createSetKey } from '../keys/key-derivation.ts';
export {
  type AttestationStatement,
  attest,
  type EnoughSaid,
  readAttestations,
  readSignerPem,
  type VerifiedAttestation,
} from './attestations.ts';
export { type CheckReport, checkLoaded, checkSet, type SetFinding } from './check-set.ts';
export { newestKeyCheck } from './key-check.ts';
export { acquireLease, isLeaseHeld, type LeaseOptions } from './lease.ts';
export { type LeaseHost, type LeaseOwner, localLeaseHost } from './lease-owner.ts';
export type { Lease } from './lease-renewal.ts';
export { checkTag, commitManifest, readManifest, type StoredManifest } from './manifests.ts';
export { withOneListing } from './one-listing.ts';
export { deleteSetObjects, extendSetLock, removeSet } from './remove-set.ts';
export { readResult, writeResult } from './results.ts';
export {
  addSetKeys,
  type KeyTest,
  pendingRecipients,
  rotateKeys,
  type SetKeysReport,
  servedRecipients,
  testKey,
} from './rotate-keys.ts';
export { claimRun, type RunClaim } from './runs.ts';
export { openSetKey, wrapSetKey } from './set-keys.ts';
export { listSets, listSources, loadSet, type StoredSet } from './sets.ts';
export { type SweepReport, sourceLease, sweep } from './sweep.ts';
export {
  createOrOpenVault,
  openVault,
  openVaultWithoutKeys,
  type SetAddress,
  setLockUntil,
  type Vault,
  type VaultOptions,
} from './vault.ts';
