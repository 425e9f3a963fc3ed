/** A bucket on a server, with a workbench around it: for tests of sources and targets that are prefixes. */
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3';
import { vi } from 'vitest';
import type { RestoreRequest } from '../../../src/core/ports/engine.ts';
import { filesEngine } from '../../../src/engines/files/engine.ts';
import type { FilesSource } from '../../../src/engines/files/schema.ts';
import type { FilesContext } from '../../../src/engines/files/tools.ts';
import type { S3Server } from '../../servers/versitygw.ts';
import type { TakenSet, Workbench } from './workbench.ts';

export const Bucket = 'shop';

export interface BucketBench {
  readonly server: S3Server;
  readonly s3: S3Client;
  put(Key: string, Body: string | Buffer, more?: Partial<PutObjectCommandInput>): Promise<unknown>;
  keys(Prefix: string): Promise<string[]>;
  text(Key: string): Promise<string>;
  /** The environment and the source for a prefix of it. */
  source(prefix: string, more?: Partial<FilesSource>): Partial<FilesSource>;
  stop(): Promise<void>;
}

/** `ca`: the PEM text of who signed the server's certificate. */
export async function openBucketBench(
  start: () => Promise<S3Server>,
  ca?: string,
): Promise<BucketBench> {
  const server = await start();
  const { endpoint, credentials } = server;
  const s3 = new S3Client({
    ...{ endpoint, credentials, region: 'us-east-1', forcePathStyle: true },
    ...(ca !== undefined && { requestHandler: { httpsAgent: { ca } } }),
  });
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  if (!Buckets.some(({ Name }) => Name === Bucket))
    await s3.send(new CreateBucketCommand({ Bucket }));
  return {
    server,
    s3,
    put: (Key, Body, more = {}) => s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more })),
    async keys(Prefix) {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
      return Contents.map(({ Key = '' }) => Key.slice(Prefix.length));
    },
    async text(Key) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return String(await Body?.transformToString());
    },
    source(prefix, more = {}) {
      vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
      return { path: `s3://${Bucket}/${prefix}`, endpoint, pathStyle: true, ...more };
    },
    async stop() {
      s3.destroy();
      await server.stop();
    },
  };
}

export function restoreTo(
  bench: Workbench,
  taken: TakenSet,
  given: {
    readonly source: Partial<FilesSource>;
    readonly request?: Partial<RestoreRequest>;
    readonly context?: Partial<FilesContext>;
  },
) {
  const request = { only: [], overwrite: false, ...given.request };
  return filesEngine.restore(bench.context(given.source, given.context), request, taken.reader);
}
