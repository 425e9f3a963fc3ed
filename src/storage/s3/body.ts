/** The bytes of an answer, into one buffer of their length. */
import type { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';

/** The connection ended in the middle of the bytes: worth asking again. */
export class InterruptedBody extends Error {
  override name = 'InterruptedBody';
}

/** The SDK retries a request, but not a body that breaks off. @throws InterruptedBody */
export async function collectBody(response: GetObjectCommandOutput): Promise<Uint8Array> {
  const length = response.ContentLength ?? 0;
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  try {
    for await (const chunk of response.Body as Readable) {
      filled += (chunk as Buffer).copy(bytes, filled);
    }
  } catch (error) {
    throw new InterruptedBody(`ended after ${filled} of ${length} bytes: ${String(error)}`, {
      cause: error,
    });
  }
  if (filled < length) throw new InterruptedBody(`ended after ${filled} of ${length} bytes`);
  return bytes;
}
