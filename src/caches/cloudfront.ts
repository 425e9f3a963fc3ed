/**
 * What CloudFront keeps of an application is asked for anew. A reference that was used before makes no second one.
 * https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateInvalidation.html
 */
import type { InvalidationConfig } from '../core/config/around.ts';
import { FailoverError } from '../core/errors.ts';

export interface InvalidationRequest {
  /** Of this run: CloudFront knows it again. */
  readonly reference: string;
  readonly signal: AbortSignal;
}

/** For all attempts together. */
const callSeconds = 20;

/** Gives the invalidation's id; does not wait for the edges. Rejects with FailoverError INVALIDATION_FAILED. */
export async function invalidate(
  { distribution, paths, endpoint }: InvalidationConfig,
  { reference, signal }: InvalidationRequest,
): Promise<string> {
  const sdk = await import('@aws-sdk/client-cloudfront');
  // A global service, whose requests are signed for us-east-1.
  const client = new sdk.CloudFrontClient({
    region: 'us-east-1',
    ...(endpoint === undefined ? {} : { endpoint }),
    requestHandler: { connectionTimeout: 3000, requestTimeout: 8000, throwOnRequestTimeout: true },
  });
  const Paths = { Quantity: paths.length, Items: [...paths] };
  const InvalidationBatch = { CallerReference: reference, Paths };
  const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(callSeconds * 1000)]);
  try {
    const { Invalidation } = await client.send(
      new sdk.CreateInvalidationCommand({ DistributionId: distribution, InvalidationBatch }),
      { abortSignal },
    );
    return Invalidation?.Id ?? '';
  } catch (error) {
    signal.throwIfAborted();
    throw failed(distribution, error);
  } finally {
    client.destroy();
  }
}

function failed(distribution: string, error: unknown): FailoverError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return new FailoverError(`CreateInvalidation of ${distribution}: ${name}: ${message}`, {
    code: 'INVALIDATION_FAILED',
    hint: 'Look at the distribution; the credentials need cloudfront:CreateInvalidation on it.',
    cause: error,
  });
}
