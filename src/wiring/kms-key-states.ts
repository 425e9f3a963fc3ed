/** What KMS says of the keys that a configuration names: one that waits for its deletion opens nothing soon. */
import type { Config } from '../core/config/schema.ts';
import { reportError } from '../core/errors.ts';
import type { KeyState } from '../pipeline/protection.ts';
import { kmsRegion } from './recipients.ts';
import type { Site } from './site.ts';

/** Of keys that do not answer nothing is known: left out, and logged. */
export async function kmsKeyStates({
  config,
  stackKeys,
  log,
}: Pick<Site, 'config' | 'stackKeys' | 'log'>): Promise<KeyState[]> {
  const states: KeyState[] = [];
  for (const arn of keyArns(config.vault, Object.values(await stackKeys()))) {
    try {
      states.push({ arn, state: await stateOf(arn) });
    } catch (error) {
      log(`the state of ${arn} is not known: ${reportError(error).message}`);
    }
  }
  return states;
}

function keyArns({ encryption, signing }: Config['vault'], ofStack: readonly string[]): string[] {
  const named = [...(encryption.recipients ?? []), ...(signing ? [signing] : [])].flatMap(
    (entry) => ('kms' in entry && entry.kms !== 'stack' ? [entry.kms] : []),
  );
  return [...new Set([...named, ...ofStack])];
}

async function stateOf(arn: string): Promise<string> {
  const { KMS } = await import('@aws-sdk/client-kms');
  const client = new KMS({ region: kmsRegion(arn) });
  try {
    const { KeyMetadata } = await client.describeKey({ KeyId: arn });
    return KeyMetadata?.KeyState ?? 'Unavailable';
  } finally {
    client.destroy();
  }
}
