/** The SDK's client for a destination: AWS, or a server that speaks S3. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Destination } from '../../core/config/schema.ts';
import { UsageError } from '../../core/errors.ts';

export interface ClientOptions {
  readonly baseDir: string;
  /** Credentials, and whatever else the composition root has made; AWS's default chain without. */
  readonly client?: S3ClientConfig;
  /** Silence after which a connection counts as hanging. */
  readonly timeouts?: { readonly connectMs: number; readonly idleMs: number };
}

const defaultTimeouts = { connectMs: 10_000, idleMs: 30_000 };
const attempts = 4;

export async function createClient(
  destination: Destination,
  options: ClientOptions,
): Promise<S3Client> {
  const { connectMs, idleMs } = options.timeouts ?? defaultTimeouts;
  const agent = { keepAlive: true, maxSockets: 64 };
  const ca = await readAuthority(destination, options.baseDir);
  const region = destination.region ?? (destination.endpoint && 'us-east-1');
  return new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(destination.endpoint === undefined ? {} : { endpoint: destination.endpoint }),
    forcePathStyle: destination.pathStyle ?? false,
    followRegionRedirects: destination.endpoint === undefined,
    // Every write carries its SHA-256; the SDK's own CRC32 is unknown to some servers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // "Expect: 100-continue" opens a connection per part.
    expectContinueHeader: false,
    maxAttempts: attempts,
    requestHandler: {
      connectionTimeout: connectMs,
      socketTimeout: idleMs,
      httpAgent: agent,
      httpsAgent: ca === undefined ? agent : { ...agent, ca },
    },
    ...options.client,
  });
}

async function readAuthority(
  { ca, url }: Destination,
  baseDir: string,
): Promise<string | undefined> {
  if (ca === undefined) return undefined;
  const path = resolve(baseDir, ca.slice('file:'.length));
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`The authority of ${url} cannot be read: ${String(error)}`, {
      code: 'DESTINATION_INVALID',
      hint: '`ca:` is file: and the path of a PEM file, from the folder of the configuration.',
      cause: error,
    });
  }
}
