/** The conformance suite of every store, run on a bucket of an S3 server. */
import { randomBytes } from 'node:crypto';
import type { S3Server } from '../../servers/versitygw.ts';
import { describeStore } from '../conformance.ts';
import { type BucketKind, createBucket, openIn } from './buckets.ts';

export interface BucketCase {
  readonly start: () => Promise<S3Server>;
  readonly kind: BucketKind;
  readonly lockMode: 'governance' | 'compliance';
}

/** The conformance suite on a bucket of that kind, each test under a prefix of its own. */
export function describeBucket(name: string, { start, kind, lockMode }: BucketCase): void {
  let server: S3Server;
  let bucket = '';
  describeStore(name, {
    partSizeBytes: 5 * 2 ** 20,
    async start() {
      server = await start();
      bucket = await createBucket(server, kind);
    },
    async open() {
      const url = `s3://${bucket}/vaults/${randomBytes(4).toString('hex')}`;
      if (kind !== 'locked') return openIn(server, { url });
      return openIn(server, { url, lock: { mode: lockMode, days: 1 } });
    },
    stop: () => server.stop(),
  });
}
