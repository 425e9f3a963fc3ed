/** The manifest: written last and create-only, it is the point at which a set exists. */
import type { BackupId } from '../../core/backup-id.ts';
import { canonicalJson } from '../../core/canonical-json.ts';
import { IntegrityError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import {
  type Manifest,
  type ManifestBody,
  manifestBodySchema,
  manifestSchema,
} from '../../core/manifest.ts';
import { computeMac, macMatches } from '../keys/key-derivation.ts';
import { base64Schema, encodeDocument, readDocument, sha256Hex, unreadable } from './documents.ts';
import { lockOptions, setLockUntil, type Vault } from './vault.ts';

const storedManifestSchema = manifestSchema.extend({ tag: base64Schema });

export interface StoredManifest {
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
  /** Hex, of the stored bytes: what attestations sign. */
  readonly sha256: string;
}

/**
 * Commits the set. The caller checks its lease just before. Safe to repeat with the same body; rejects
 * with StoreError `OBJECT_EXISTS` when another manifest is there.
 */
export async function commitManifest(
  vault: Vault,
  body: ManifestBody,
  setKey: Uint8Array,
  lockUntil: Date | undefined = setLockUntil(vault, body.id),
): Promise<{ manifest: Manifest; manifestSha256: string }> {
  const checked = manifestBodySchema.parse(body);
  const manifest = { ...checked, tag: computeMac(setKey, 'manifest', canonicalJson(checked)) };
  const bytes = encodeDocument(manifest);
  const key = layout.manifest(body.source, body.id);
  await vault.store.put(key, bytes, { ifAbsent: true, ...lockOptions(lockUntil) });
  return { manifest, manifestSha256: sha256Hex(bytes) };
}

/** Rejects with IntegrityError when it is missing, changed, or another set's. The tag is not checked. */
export async function readManifest(
  vault: Vault,
  source: string,
  id: BackupId,
): Promise<StoredManifest> {
  const key = layout.manifest(source, id);
  const { value, bytes, sha256 } = await readDocument(vault.store, key, storedManifestSchema);
  assertInPlace(vault, key, value);
  return { manifest: value, bytes, sha256 };
}

export function hasValidTag(manifest: Manifest, setKey: Uint8Array): boolean {
  const { tag, ...body } = manifest;
  return macMatches(computeMac(setKey, 'manifest', canonicalJson(body)), tag);
}

/** Throws IntegrityError `MANIFEST_NOT_AUTHENTIC` unless the manifest was made with this set key. */
export function checkTag(manifest: Manifest, setKey: Uint8Array): void {
  if (hasValidTag(manifest, setKey)) return;
  const key = layout.manifest(manifest.source, manifest.id);
  throw new IntegrityError(`${key} is not authentic: its tag was made with another key`, {
    code: 'MANIFEST_NOT_AUTHENTIC',
    hint: 'Somebody changed it: restore another backup, and see who can write to the vault.',
  });
}

/** A manifest copied from another set, or one that names objects outside its own set, is damage. */
function assertInPlace(vault: Vault, key: string, manifest: Manifest): void {
  const { source, id } = manifest;
  if (layout.manifest(source, id) !== key)
    throw unreadable(key, `it is the one of ${source}/${id}`);
  if (manifest.vault !== vault.id) throw unreadable(key, `it is of the vault ${manifest.vault}`);
  for (const { name, objects } of manifest.streams) {
    const strays = objects.filter(
      (object, n) => object.key !== layout.object({ source, id }, name, n),
    );
    if (strays[0]) throw unreadable(key, `it names ${strays[0].key} as a part of ${name}`);
  }
}
