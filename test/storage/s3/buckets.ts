/** Fresh buckets on a test's server. */
import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import type { Destination } from '../../../src/core/config/schema.ts';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import { openStore } from '../../../src/storage/index.ts';
import type { S3Server } from '../../servers/versitygw.ts';

export type BucketKind = 'plain' | 'versioned' | 'locked';

export function clientOf(server: S3Server): S3Client {
  return new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: server.credentials,
    forcePathStyle: true,
  });
}

export async function createBucket(server: S3Server, kind: BucketKind): Promise<string> {
  const client = clientOf(server);
  const name = `vault-${kind}-${randomBytes(4).toString('hex')}`;
  await client.send(
    new CreateBucketCommand({ Bucket: name, ObjectLockEnabledForBucket: kind === 'locked' }),
  );
  if (kind === 'versioned') {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
  }
  client.destroy();
  return name;
}

export function openIn(
  server: S3Server,
  destination: Pick<Destination, 'url'> & Partial<Destination>,
  client: S3ClientConfig = {},
): Promise<ObjectStore> {
  const { endpoint, credentials } = server;
  return openStore(
    { region: 'us-east-1', endpoint, pathStyle: true, ...destination },
    { baseDir: '/', s3: { credentials, ...client } },
  );
}
