/**
 * Objects in the classes GLACIER and DEEP_ARCHIVE, made readable for some days; those in an archive tier of
 * INTELLIGENT_TIERING, moved out of it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
 */
import { HeadObjectCommand, RestoreObjectCommand } from '@aws-sdk/client-s3';
import type { ThawProgress, ThawRequest } from '../../core/ports/store.ts';
import { type ColdTier, possibleRetrieval, type Retrieval, thawsForGood } from '../../core/thaw.ts';
import { objectMissing } from '../object-errors.ts';
import { ask, type Bucket, place } from './bucket.ts';
import { coldTierOf } from './cold.ts';
import { isMissing, nameOf } from './failures.ts';

const dayMs = 86_400_000;
const tiers = { expedited: 'Expedited', standard: 'Standard', bulk: 'Bulk' } as const;

export async function thaw(
  bucket: Bucket,
  key: string,
  request: ThawRequest,
): Promise<ThawProgress> {
  const { tier, restore } = await look(bucket, key, request.signal);
  if (tier === undefined) return 'ready';
  if (restore?.includes('ongoing-request="true"')) return 'waiting';
  const until = expiryOf(restore);
  if (until === undefined) return retrieve(bucket, key, { ...request, tier });
  // A copy that is about to go is asked for again, which only moves its expiry.
  if (until.getTime() - bucket.now().getTime() < dayMs) {
    await retrieve(bucket, key, { ...request, tier });
  }
  return 'ready';
}

async function look(
  bucket: Bucket,
  key: string,
  signal: AbortSignal | undefined,
): Promise<{ tier: ColdTier | undefined; restore: string | undefined }> {
  const question = { action: `Looking at ${key}`, needs: ['s3:GetObject'], signal };
  const command = new HeadObjectCommand(place(bucket, key));
  try {
    const answer = await ask(bucket, question, (http) => bucket.client.send(command, http));
    return { tier: coldTierOf(answer), restore: answer.Restore };
  } catch (error) {
    throw isMissing(error) ? objectMissing(bucket.url, key) : error;
  }
}

/** Of `ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"`. */
function expiryOf(restore: string | undefined): Date | undefined {
  const [, date] = /expiry-date="([^"]+)"/.exec(restore ?? '') ?? [];
  return date === undefined ? undefined : new Date(date);
}

type Retrieving = ThawRequest & { readonly tier: ColdTier };

async function retrieve(bucket: Bucket, key: string, request: Retrieving): Promise<ThawProgress> {
  try {
    await send(bucket, key, request);
    return 'waiting';
  } catch (error) {
    if (nameOf(error) === 'RestoreAlreadyInProgress') return 'waiting';
    if (nameOf(error) === 'ObjectAlreadyInActiveTierError') return 'ready';
    if (nameOf(error) !== 'GlacierExpeditedRetrievalNotAvailable') throw error;
    // No capacity at present: rather in hours than not at all.
    await send(bucket, key, { ...request, retrieval: 'standard' });
    return 'waiting';
  }
}

async function send(
  bucket: Bucket,
  key: string,
  { tier, retrieval, days, signal }: Retrieving,
): Promise<void> {
  const asked: Retrieval = possibleRetrieval(tier, retrieval);
  const command = new RestoreObjectCommand({
    ...place(bucket, key),
    RestoreRequest: {
      ...(thawsForGood(tier) ? {} : { Days: days }),
      GlacierJobParameters: { Tier: tiers[asked] },
    },
  });
  const question = { action: `Thawing ${key}`, needs: ['s3:RestoreObject'], signal };
  await ask(bucket, question, (http) => bucket.client.send(command, http));
}
