import type { KmsKeyringNodeInput } from '@aws-crypto/kms-keyring-node';
import { type HoldfastError, KeyUnreachableError } from '../../core/errors.ts';
import type { Recipient } from '../../core/ports/keyring.ts';
import { openMessage, sealMessage } from './message.ts';

type Context = Record<string, string>;

/** What is used of `KMS` of @aws-sdk/client-kms; composition roots create it. */
export interface KmsClient {
  generateDataKey(request: {
    KeyId: string;
    EncryptionContext?: Context;
    NumberOfBytes?: number;
  }): Promise<{
    Plaintext?: Uint8Array | undefined;
    CiphertextBlob?: Uint8Array | undefined;
    KeyId?: string | undefined;
  }>;
  encrypt(request: {
    KeyId: string;
    Plaintext: Uint8Array;
    EncryptionContext?: Context;
  }): Promise<{ CiphertextBlob?: Uint8Array | undefined; KeyId?: string | undefined }>;
  decrypt(request: {
    KeyId?: string;
    CiphertextBlob: Uint8Array;
    EncryptionContext?: Context;
  }): Promise<{ Plaintext?: Uint8Array | undefined; KeyId?: string | undefined }>;
}

/** KMS's answers to a ciphertext that another key made. */
const wrongKeyNames = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);

/**
 * A KMS key by its ARN, or by that of an alias. `connect` is called at first use. Besides WrongKeyError, `wrap` and `unwrap` reject
 * with KeyUnreachableError `KEY_UNREACHABLE` for whatever else KMS says: denied, disabled, no network.
 */
export function kmsRecipient(arn: string, connect: () => Promise<KmsClient>): Recipient {
  const id = `kms:${arn}`;
  let client: Promise<KmsClient> | undefined;
  const use = async <T>(make: MakeKeyring, work: (keyring: Keyring) => Promise<T>): Promise<T> => {
    client ??= connect();
    const failures: Error[] = [];
    const keyring = await make(arn, recording(await client, failures));
    try {
      return await work(keyring);
    } catch (error) {
      throw unreachable(id, failures) ?? error;
    }
  };
  return {
    id,
    kind: 'kms',
    canUnwrap: true,
    wrap: (plain, context) => use(keyringOf, (keyring) => sealMessage(keyring, plain, context)),
    unwrap: (message, context) =>
      use(openingKeyring, (keyring) => openMessage(keyring, message, context)),
  };
}

type SdkClient = Exclude<ReturnType<NonNullable<KmsKeyringNodeInput['clientProvider']>>, false>;
type MakeKeyring = (arn: string, client: KmsClient) => Promise<Keyring>;
type Keyring = Awaited<ReturnType<typeof keyringOf>>;

async function keyringOf(arn: string, client: KmsClient) {
  const { KmsKeyringNode } = await import('@aws-crypto/kms-keyring-node');
  // The SDK's types know no explicit `undefined`; its code does not mind one.
  return new KmsKeyringNode({ generatorKeyId: arn, clientProvider: () => client as SdkClient });
}

/**
 * A message names the key itself, never the alias it was made by: of those of the alias's account any is
 * asked that its Region has. What is no key of the set shows by the file's MAC and the manifest's tag.
 */
async function openingKeyring(arn: string, client: KmsClient) {
  const [, partition = '', , region, account = '', resource = ''] = arn.split(':');
  if (!resource.startsWith('alias/')) return keyringOf(arn, client);
  const { KmsKeyringNode } = await import('@aws-crypto/kms-keyring-node');
  return new KmsKeyringNode({
    discovery: true,
    discoveryFilter: { partition, accountIDs: [account] },
    clientProvider: (asked) => (asked === region ? (client as SdkClient) : false),
  });
}

/** The keyring hides why KMS refused; the client in its hands remembers. */
function recording(client: KmsClient, failures: Error[]): KmsClient {
  const remember = (error: Error): never => {
    failures.push(error);
    throw error;
  };
  return {
    generateDataKey: (request) => client.generateDataKey(request).catch(remember),
    encrypt: (request) => client.encrypt(request).catch(remember),
    decrypt: (request) => client.decrypt(request).catch(remember),
  };
}

function unreachable(id: string, failures: readonly Error[]): HoldfastError | undefined {
  const failure = failures.find((error) => !wrongKeyNames.has(error.name));
  if (!failure) return undefined;
  return new KeyUnreachableError(`${id} was not usable: ${failure.name}: ${failure.message}`, {
    code: 'KEY_UNREACHABLE',
    hint: 'Check the key, its policy and the network with `holdfast check`.',
    cause: failure,
    retryable: true,
  });
}
