/** What sets a source has, and what is known about each without any key. */
import { type BackupId, isBackupId } from '../../core/backup-id.ts';
import { IntegrityError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import type { Manifest } from '../../core/manifest.ts';
import { type EnoughSaid, readAttestations, type VerifiedAttestation } from './attestations.ts';
import { readManifest, type StoredManifest } from './manifests.ts';
import { keyFileNumbers } from './set-keys.ts';
import type { SetAddress, Vault } from './vault.ts';

export interface StoredSet {
  readonly id: BackupId;
  readonly source: string;
  /**
   * `uncommitted`: no manifest and nobody spoke of it, a running or dead attempt. `removed`: a verified
   * `removed` statement about this place lies there, its deletion was not finished. `damaged`: see `problem`.
   */
  readonly state: 'committed' | 'uncommitted' | 'removed' | 'damaged';
  readonly manifest?: Manifest;
  readonly manifestSha256?: string;
  readonly attestations: readonly VerifiedAttestation[];
  /** Statements that cannot be read: the data may be good, the proof is lost. */
  readonly damagedAttestations: readonly IntegrityError[];
  readonly keyFiles: readonly number[];
  readonly problem?: IntegrityError;
}

export async function* listSources(vault: Vault): AsyncIterable<string> {
  yield* vault.store.listFolders(layout.sets);
}

/** In order of time. `after` is exclusive. */
export async function* listSets(
  vault: Vault,
  source: string,
  options: { readonly after?: BackupId } = {},
): AsyncIterable<BackupId> {
  for await (const folder of vault.store.listFolders(layout.sourceSets(source))) {
    if (isBackupId(folder) && (options.after === undefined || folder > options.after)) yield folder;
  }
}

/** Never rejects for damage: it is the state. `enough` spares the reading of older statements. */
export async function loadSet(
  vault: Vault,
  source: string,
  id: BackupId,
  enough?: EnoughSaid,
): Promise<StoredSet> {
  const set = { source, id };
  const keyFiles = await keyFileNumbers(vault, set);
  const { attestations, damaged } = await readAttestations(vault, set, enough);
  const stored = await loadManifest(vault, set);
  const base = {
    ...set,
    keyFiles,
    attestations,
    damagedAttestations: damaged,
    ...(isStored(stored) ? { manifest: stored.manifest, manifestSha256: stored.sha256 } : {}),
  };
  const gone = stored === undefined;
  if (attestations.some((each) => isRemoval(each, vault, gone))) {
    return { ...base, state: 'removed' };
  }
  return { ...base, ...judge(base, stored) };
}

/**
 * S3 replicates the statement of the primary to the copy, and no deletion: what was removed there is whole
 * here. Where the manifest is gone too, nothing whole is left, whoever said so.
 */
const isRemoval = (
  { verified, attestation }: VerifiedAttestation,
  vault: Vault,
  isManifestGone: boolean,
): boolean =>
  verified &&
  attestation.kind === 'removed' &&
  (isManifestGone || attestation.details['place'] === removalPlace(vault).place);

/** Where a removal takes place: a bucket, or nowhere in particular, for a directory can be moved. */
export const removalPlace = ({ store: { url } }: Vault): { readonly place?: string } =>
  url.startsWith('s3:') ? { place: url } : {};

const isStored = (value: unknown): value is StoredManifest =>
  value !== undefined && !(value instanceof IntegrityError);

async function loadManifest(
  vault: Vault,
  { source, id }: SetAddress,
): Promise<StoredManifest | IntegrityError | undefined> {
  try {
    return await readManifest(vault, source, id);
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    return error.code === 'OBJECT_MISSING' ? undefined : error;
  }
}

function judge(
  set: Omit<StoredSet, 'state'>,
  stored: StoredManifest | IntegrityError | undefined,
): Pick<StoredSet, 'state' | 'problem'> {
  const key = layout.manifest(set.source, set.id);
  if (stored instanceof IntegrityError) return { state: 'damaged', problem: stored };
  if (stored === undefined) {
    const attested = set.attestations.length + set.damagedAttestations.length > 0;
    return attested ? { state: 'damaged', problem: manifestGone(key) } : { state: 'uncommitted' };
  }
  const stranger = set.attestations.find(
    ({ verified, manifestSha256 }) => verified && manifestSha256 !== stored.sha256,
  );
  if (!stranger) return { state: 'committed' };
  return { state: 'damaged', problem: manifestReplaced(key, stranger.key) };
}

function manifestGone(key: string): IntegrityError {
  return new IntegrityError(`${key} is missing, though the set was attested and never removed`, {
    code: 'MANIFEST_MISSING',
    hint: 'Copy it back from a copy of the vault or an older version of the bucket.',
  });
}

function manifestReplaced(key: string, attestation: string): IntegrityError {
  return new IntegrityError(`${key} is not the manifest that ${attestation} was signed for`, {
    code: 'MANIFEST_REPLACED',
    hint: 'Somebody changed it: copy it back from a copy of the vault.',
  });
}
