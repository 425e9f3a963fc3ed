/** A vault in a bucket: AWS S3, or a server that speaks it. What it must support: docs/storage.md. */
import { sha256 } from '../../core/checksum.ts';
import type { Destination } from '../../core/config/schema.ts';
import { tiersOf } from '../../core/config/tiers.ts';
import { UsageError } from '../../core/errors.ts';
import type { ObjectStore } from '../../core/ports/store.ts';
import { checkKey, checkPrefix } from '../object-key.ts';
import type { Bucket } from './bucket.ts';
import { type ClientOptions, createClient } from './client.ts';
import { hashOf } from './hash.ts';
import { confirmBucket, listFolders, listObjects, sweepUploads } from './list.ts';
import { probeBucket } from './probe.ts';
import { get, head } from './read.ts';
import { thaw } from './thaw.ts';
import { tierFindings } from './tiers.ts';
import { openBucketUpload } from './upload.ts';
import { extendLock, keepsVersions, remove } from './versions.ts';
import { put } from './write.ts';

export interface BucketOptions extends ClientOptions {
  readonly now: () => Date;
}

export async function openBucketStore(
  destination: Destination,
  options: BucketOptions,
): Promise<ObjectStore> {
  const bucket: Bucket = {
    ...parseUrl(destination.url),
    client: await createClient(destination, options),
    url: destination.url,
    endpoint: destination.endpoint,
    lockMode: destination.lock && lockModes[destination.lock.mode],
    tiers: tiersOf(destination),
    now: options.now,
  };
  return bucketStore(bucket);
}

const lockModes = { governance: 'GOVERNANCE', compliance: 'COMPLIANCE' } as const;

function parseUrl(url: string): Pick<Bucket, 'name' | 'prefix'> {
  const [name = '', ...segments] = url.slice('s3://'.length).split('/');
  const prefix = segments.filter((segment) => segment !== '').join('/');
  try {
    if (prefix !== '') checkKey(prefix);
  } catch (cause) {
    throw new UsageError(`The prefix of ${url} is not valid`, {
      code: 'DESTINATION_INVALID',
      hint: 'A prefix is segments of letters, digits and . _ = : - joined by "/".',
      cause,
    });
  }
  return { name, prefix: prefix === '' ? '' : `${prefix}/` };
}

function bucketStore(bucket: Bucket): ObjectStore {
  const isVersioned = once(() => keepsVersions(bucket));
  const confirm = once(() => confirmBucket(bucket));
  const store: ObjectStore = {
    url: bucket.url,
    locks: bucket.lockMode !== undefined,
    async get(key, options = {}) {
      checkKey(key);
      return get(bucket, key, options);
    },
    async head(key, signal) {
      checkKey(key);
      const info = await head(bucket, key, { signal });
      if (info === undefined) await confirm();
      return info;
    },
    async put(key, bytes, options) {
      checkKey(key);
      return put(bucket, key, { bytes, hash: hashOf(sha256(bytes)), options });
    },
    async upload(key, options) {
      checkKey(key);
      options.signal?.throwIfAborted();
      return openBucketUpload(bucket, key, options);
    },
    async *list(prefix, options = {}) {
      checkPrefix(prefix);
      yield* listObjects(bucket, { prefix, ...options });
    },
    async *listFolders(prefix, signal) {
      checkPrefix(prefix);
      yield* listFolders(bucket, { prefix, signal });
    },
    async delete(key, signal) {
      checkKey(key);
      await remove(bucket, key, { versioned: await isVersioned(), signal });
    },
    async extendLock(key, until) {
      checkKey(key);
      await extendLock(bucket, key, until);
    },
    async thaw(key, request) {
      checkKey(key);
      return thaw(bucket, key, request);
    },
    async sweepUploads(prefix, before) {
      checkPrefix(prefix);
      return sweepUploads(bucket, prefix, before);
    },
    probe: () => probeBucket(store, bucket),
    probeTiers: () => tierFindings(bucket),
    close: async () => bucket.client.destroy(),
  };
  return store;
}

/** Asks once and remembers the answer, not a failure. */
function once<T>(act: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= act().catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}
