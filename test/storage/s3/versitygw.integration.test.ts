import { randomBytes } from 'node:crypto';
import { type S3Server, startVersitygw } from '../../servers/versitygw.ts';
import { describeStore } from '../conformance.ts';
import { type BucketKind, createBucket, openIn } from './buckets.ts';

describeBucket('S3 (versitygw)', 'plain');
describeBucket('S3 (versitygw, versioned)', 'versioned');
describeBucket('S3 (versitygw, Object Lock)', 'locked');

function describeBucket(name: string, kind: BucketKind): void {
  let server: S3Server;
  let bucket = '';
  describeStore(name, {
    partSizeBytes: 5 * 2 ** 20,
    async start() {
      server = await startVersitygw();
      bucket = await createBucket(server, kind);
    },
    async open() {
      const url = `s3://${bucket}/vaults/${randomBytes(4).toString('hex')}`;
      if (kind !== 'locked') return openIn(server, { url });
      return openIn(server, { url, lock: { mode: 'governance', days: 1 } });
    },
    stop: () => server.stop(),
  });
}
