/** The registry of stores: one line per scheme. Known only to composition roots. */
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { Destination } from '../core/config/schema.ts';
import { UsageError } from '../core/errors.ts';
import type { ObjectStore } from '../core/ports/store.ts';

export interface StoreOptions {
  /** Where the configuration lies: a relative `ca: file:ca.pem` starts there. */
  readonly baseDir: string;
  readonly now?: () => Date;
  /** Ready-made parts of the S3 client, such as credentials; AWS's default chain without. */
  readonly s3?: S3ClientConfig;
}

type Open = (destination: Destination, options: StoreOptions) => Promise<ObjectStore>;

/** Adapters are imported when used, so that the command line starts without the SDK. */
const stores: Readonly<Record<string, Open>> = {
  'file:': async ({ url }) => (await import('./directory/index.ts')).openDirectoryStore(url),
  's3:': async (destination, { baseDir, now = () => new Date(), s3: client = {} }) =>
    (await import('./s3/index.ts')).openBucketStore(destination, { baseDir, now, client }),
};

/** @throws UsageError when no adapter knows the URL, or it cannot do what is configured. */
export async function openStore(
  destination: Destination,
  options: StoreOptions,
): Promise<ObjectStore> {
  const scheme = destination.url.slice(0, destination.url.indexOf(':') + 1);
  const open = stores[scheme];
  if (open === undefined) {
    throw new UsageError(`No store knows ${destination.url}`, {
      code: 'DESTINATION_INVALID',
      hint: 'A destination is file:///path or s3://bucket/prefix.',
    });
  }
  const store = await open(destination, options);
  if (destination.lock !== undefined && !store.locks) {
    await store.close();
    throw new UsageError(`${destination.url} cannot lock objects, and "lock:" asks for it`, {
      code: 'DESTINATION_INVALID',
      hint: 'Remove "lock:", or use a bucket with Object Lock.',
    });
  }
  return store;
}
