/** The SDK's client for a source's bucket, or for one that it is restored to. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { FilesContext } from '../tools.ts';

export async function clientOf({ source, secret, limits }: FilesContext): Promise<S3Client> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  const { endpoint, pathStyle = false, ca } = source;
  const region = source.region ?? (endpoint && 'us-east-1');
  const agent = { keepAlive: true, maxSockets: requestsAtOnce(limits) + 2 };
  const authority = ca === undefined ? {} : { ca: await secret(ca) };
  return new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: pathStyle,
    followRegionRedirects: endpoint === undefined,
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: 10_000,
      socketTimeout: 60_000,
      httpAgent: agent,
      httpsAgent: { ...agent, ...authority },
    },
  });
}

/** Small requests wait more than they work. */
export const requestsAtOnce = ({ concurrency }: FilesContext['limits']): number => 4 * concurrency;

export const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

/** The certificate is of nobody that this machine trusts: asking again changes nothing. */
export const isUntrusted = (error: unknown): boolean =>
  /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(String((error as NodeJS.ErrnoException).code));

/** Where to look when a bucket does not answer. */
export const whereToLook = (error: unknown): string =>
  isUntrusted(error)
    ? 'Name who signed its certificate: `ca: file:ca.pem` of the source.'
    : "Check the network, `endpoint:` and `region:` of the source, and AWS's credentials.";

/** Whether the same can succeed later. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  if (status === undefined) return !isUntrusted(error);
  return status >= 500 || status === 429;
}
