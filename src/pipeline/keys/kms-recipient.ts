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
 * A KMS key by ARN. `connect` is called at first use. Besides WrongKeyError, `wrap` and `unwrap` reject
 * with KeyUnreachableError `KEY_UNREACHABLE` for whatever else KMS says: denied, disabled, no network.
 */
export function kmsRecipient(arn: string, connect: () => Promise<KmsClient>): Recipient {
  const id = `kms:${arn}`;
  let client: Promise<KmsClient> | undefined;
  const use = async <T>(work: (keyring: Keyring) => Promise<T>): Promise<T> => {
    client ??= connect();
    const failures: Error[] = [];
    const keyring = await kmsKeyring(arn, recording(await client, failures));
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
    wrap: (plain, context) => use((keyring) => sealMessage(keyring, plain, context)),
    unwrap: (message, context) => use((keyring) => openMessage(keyring, message, context)),
  };
}

type SdkClient = Exclude<ReturnType<NonNullable<KmsKeyringNodeInput['clientProvider']>>, false>;
type Keyring = Awaited<ReturnType<typeof kmsKeyring>>;

async function kmsKeyring(arn: string, client: KmsClient) {
  const { KmsKeyringNode } = await import('@aws-crypto/kms-keyring-node');
  // The SDK's types know no explicit `undefined`; its code does not mind one.
  return new KmsKeyringNode({ generatorKeyId: arn, clientProvider: () => client as SdkClient });
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
