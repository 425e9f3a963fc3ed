/** The part of a bucket that is a vault, and how everything is asked of it. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Tier } from '../../core/config/tiers.ts';
import { bucketFailure } from './failures.ts';

export interface Bucket {
  readonly client: S3Client;
  /** `s3://bucket/prefix`, as configured. */
  readonly url: string;
  /** Of an S3-compatible server. */
  readonly endpoint: string | undefined;
  readonly name: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
  readonly lockMode: 'GOVERNANCE' | 'COMPLIANCE' | undefined;
  /** Where `data/` is to move, as configured. */
  readonly tiers: readonly Tier[];
  readonly now: () => Date;
}

export interface Question {
  /** What is being done, for people: `Storing vault.json`. */
  readonly action: string;
  /** The IAM actions that it takes. */
  readonly needs: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** Asks and turns a refusal into a StoreError; an aborted signal rejects with its reason. */
export async function ask<T>(
  bucket: Bucket,
  question: Question,
  act: (options: { abortSignal?: AbortSignal }) => Promise<T>,
): Promise<T> {
  const { signal } = question;
  signal?.throwIfAborted();
  try {
    return await act(signal === undefined ? {} : { abortSignal: signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw bucketFailure(bucket, question, error);
  }
}

export function place(bucket: Bucket, key: string): { Bucket: string; Key: string } {
  return { Bucket: bucket.name, Key: `${bucket.prefix}${key}` };
}

/** Fields of a request that lock an object; whole seconds, rounded up, as stores keep them. */
export function lockFields(bucket: Bucket, until: Date | undefined) {
  if (bucket.lockMode === undefined || until === undefined) return {};
  return { ObjectLockMode: bucket.lockMode, ObjectLockRetainUntilDate: wholeSecond(until) };
}

export function wholeSecond(date: Date): Date {
  return new Date(Math.ceil(date.getTime() / 1000) * 1000);
}
