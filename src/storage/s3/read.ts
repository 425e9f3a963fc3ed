/** Reading single objects: bytes by range, and what the head says. */
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import pRetry from 'p-retry';
import type { GetOptions, ObjectInfo } from '../../core/ports/store.ts';
import { objectChanged, objectMissing } from '../object-errors.ts';
import { collectBody, InterruptedBody } from './body.ts';
import { ask, type Bucket, place } from './bucket.ts';
import { isMissing, nameOf } from './failures.ts';
import { infoOf } from './info.ts';

export async function get(bucket: Bucket, key: string, options: GetOptions): Promise<Uint8Array> {
  const { range, signal } = options;
  if (range !== undefined && range.end <= range.start) return new Uint8Array();
  return pRetry(() => getOnce(bucket, key, options), {
    retries: 3,
    minTimeout: 100,
    randomize: true,
    shouldRetry: ({ error }) => error.cause instanceof InterruptedBody,
    ...(signal === undefined ? {} : { signal }),
  });
}

async function getOnce(bucket: Bucket, key: string, options: GetOptions): Promise<Uint8Array> {
  const { range, versionId, ifMatch, signal } = options;
  const command = new GetObjectCommand({
    ...place(bucket, key),
    Range: range && `bytes=${range.start}-${range.end - 1}`,
    VersionId: versionId,
    IfMatch: ifMatch,
  });
  const needs = [versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion'];
  const question = { action: `Reading ${key}`, needs, signal };
  try {
    return await ask(bucket, question, async (http) => {
      const response = await bucket.client.send(command, http);
      return collectBody(response);
    });
  } catch (error) {
    if (isMissing(error) || isForeign(error, versionId)) throw objectMissing(bucket.url, key);
    if (nameOf(error) === 'PreconditionFailed') throw objectChanged(bucket.url, key);
    if (nameOf(error) === 'InvalidRange') return new Uint8Array();
    throw error;
  }
}

/** A version id of another store need not even look like one of this. */
function isForeign(error: unknown, versionId: string | undefined): boolean {
  const names = ['InvalidArgument', 'InvalidVersionId', 'InvalidRequest'];
  return versionId !== undefined && names.includes(nameOf(error));
}

export async function head(
  bucket: Bucket,
  key: string,
  options: { readonly signal?: AbortSignal | undefined; readonly versionId?: string } = {},
): Promise<ObjectInfo | undefined> {
  const { signal, versionId } = options;
  const command = new HeadObjectCommand({
    ...place(bucket, key),
    ChecksumMode: 'ENABLED',
    VersionId: versionId,
  });
  const needs = ['s3:GetObject', 's3:ListBucket'];
  try {
    const question = { action: `Looking at ${key}`, needs, signal };
    const answer = await ask(bucket, question, (http) => bucket.client.send(command, http));
    return infoOf(key, answer, {
      sizeBytes: answer.ContentLength ?? 0,
      modifiedAt: answer.LastModified ?? new Date(0),
    });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
