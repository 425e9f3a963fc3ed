import { randomBytes } from 'node:crypto';
import { startMinistack } from '../../servers/ministack.ts';
import type { S3Server } from '../../servers/versitygw.ts';
import { describeStore } from '../conformance.ts';
import { type BucketKind, createBucket, openIn } from './buckets.ts';

describeBucket('S3 (AWS emulator)', 'plain');
describeBucket('S3 (AWS emulator, Object Lock)', 'locked');

function describeBucket(name: string, kind: BucketKind): void {
  let server: S3Server;
  let bucket = '';
  describeStore(name, {
    partSizeBytes: 5 * 2 ** 20,
    async start() {
      server = await startMinistack();
      bucket = await createBucket(server, kind);
    },
    async open() {
      const url = `s3://${bucket}/${randomBytes(4).toString('hex')}`;
      if (kind !== 'locked') return openIn(server, { url });
      return openIn(server, { url, lock: { mode: 'compliance', days: 1 } });
    },
    stop: () => server.stop(),
  });
}
