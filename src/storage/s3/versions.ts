/** Deleting for good, and what keeps from it: versions, delete markers, locks. */
import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3';
import { HoldfastError } from '../../core/errors.ts';
import { objectLocked, objectMissing } from '../object-errors.ts';
import { ask, type Bucket, place, wholeSecond } from './bucket.ts';
import { isMissing } from './failures.ts';
import { head } from './read.ts';

export type Versioning = 'Enabled' | 'Suspended' | 'Never';

export async function readVersioning(bucket: Bucket): Promise<Versioning> {
  const command = new GetBucketVersioningCommand({ Bucket: bucket.name });
  const question = { action: 'Reading the versioning', needs: ['s3:GetBucketVersioning'] };
  const { Status } = await ask(bucket, question, (http) => bucket.client.send(command, http));
  return Status ?? 'Never';
}

/** A plain deletion only hides an object of a versioned bucket. */
export async function keepsVersions(bucket: Bucket): Promise<boolean> {
  try {
    return (await readVersioning(bucket)) !== 'Never';
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'STORE_UNSUPPORTED') return false;
    if (error instanceof HoldfastError && error.code === 'STORE_DENIED') return true;
    throw error;
  }
}

export async function remove(
  bucket: Bucket,
  key: string,
  options: { readonly versioned: boolean; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  if (!options.versioned) return removeVersion(bucket, key, { signal: options.signal });
  for (const versionId of await listVersions(bucket, key, options.signal)) {
    await removeVersion(bucket, key, { versionId, signal: options.signal });
  }
}

/**
 * Version ids of exactly this key, delete markers included, the visible one last: were it gone and
 * an older one locked, that one would come to light.
 */
async function listVersions(
  bucket: Bucket,
  key: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const { Key } = place(bucket, key);
  const question = { action: `Deleting ${key}`, needs: ['s3:ListBucketVersions'], signal };
  const hidden: string[] = [];
  const visible: string[] = [];
  let page: ListObjectVersionsCommandOutput | undefined;
  do {
    const command: ListObjectVersionsCommand = new ListObjectVersionsCommand({
      Bucket: bucket.name,
      Prefix: Key,
      KeyMarker: page?.NextKeyMarker,
      VersionIdMarker: page?.NextVersionIdMarker,
    });
    page = await ask(bucket, question, (http) => bucket.client.send(command, http));
    const listed = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    for (const { VersionId, IsLatest } of listed.filter((version) => version.Key === Key)) {
      (IsLatest === true ? visible : hidden).push(VersionId ?? 'null');
    }
  } while (page.IsTruncated === true && page.NextKeyMarker === Key);
  return [...hidden, ...visible];
}

async function removeVersion(
  bucket: Bucket,
  key: string,
  options: { readonly versionId?: string; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { versionId, signal } = options;
  const command = new DeleteObjectCommand({ ...place(bucket, key), VersionId: versionId });
  const needs = [versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion'];
  try {
    const question = { action: `Deleting ${key}`, needs, signal };
    await ask(bucket, question, (http) => bucket.client.send(command, http));
  } catch (error) {
    if (isMissing(error)) return;
    throw (await lockOf(bucket, key, { error, versionId })) ?? error;
  }
}

/**
 * Stores refuse to delete what is locked as they refuse the unauthorized; the words differ ("protected
 * by object lock", "WORM protected"), and the head of the version may show the lock.
 */
async function lockOf(
  bucket: Bucket,
  key: string,
  refusal: { readonly error: unknown; readonly versionId: string | undefined },
): Promise<HoldfastError | undefined> {
  const { error, versionId } = refusal;
  const version = versionId === undefined ? {} : { versionId };
  const until = (await head(bucket, key, version).catch(() => undefined))?.lockedUntil;
  const isSaid = error instanceof Error && /object lock|worm/i.test(error.message);
  const isSeen = until !== undefined && until > bucket.now();
  return isSaid || isSeen ? objectLocked(bucket.url, key, until) : undefined;
}

export async function extendLock(bucket: Bucket, key: string, until: Date): Promise<void> {
  if (bucket.lockMode === undefined) return;
  const info = await head(bucket, key);
  if (info === undefined) throw objectMissing(bucket.url, key);
  if (info.lockedUntil !== undefined && info.lockedUntil >= until) return;
  const command = new PutObjectRetentionCommand({
    ...place(bucket, key),
    Retention: { Mode: bucket.lockMode, RetainUntilDate: wholeSecond(until) },
  });
  const needs = ['s3:PutObjectRetention'];
  await ask(bucket, { action: `Locking ${key}`, needs }, (http) =>
    bucket.client.send(command, http),
  );
}
