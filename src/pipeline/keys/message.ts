/** Small values as AWS Encryption SDK messages: committing suite, no signature. */
import { buildDecrypt } from '@aws-crypto/decrypt-node';
import { buildEncrypt } from '@aws-crypto/encrypt-node';
import {
  AlgorithmSuiteIdentifier,
  CommitmentPolicy,
  type KeyringNode,
} from '@aws-crypto/material-management-node';
import { WrongKeyError } from '../../core/errors.ts';

export type EncryptionContext = Readonly<Record<string, string>>;

/** The namespace of every raw key, the AWS Encryption SDK's "provider id". */
export const keyNamespace = 'holdfast';

export const messageSuite =
  AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY;

const policy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT;

export async function sealMessage(
  keyring: KeyringNode,
  plain: Uint8Array,
  context: EncryptionContext,
): Promise<Uint8Array> {
  const { result } = await buildEncrypt(policy).encrypt(keyring, Buffer.from(plain), {
    suiteId: messageSuite,
    encryptionContext: { ...context },
  });
  return result;
}

/** Rejects with WrongKeyError when the keyring does not open it or the context is another one. */
export async function openMessage(
  keyring: KeyringNode,
  message: Uint8Array,
  context: EncryptionContext,
): Promise<Uint8Array> {
  const { plaintext, messageHeader } = await decrypt(keyring, message);
  for (const [name, value] of Object.entries(context)) {
    const found = messageHeader.encryptionContext[name];
    if (found !== value) throw doesNotOpen(`its ${name} is ${found ?? 'absent'}, not ${value}`);
  }
  return plaintext;
}

async function decrypt(keyring: KeyringNode, message: Uint8Array) {
  try {
    return await buildDecrypt(policy).decrypt(keyring, Buffer.from(message));
  } catch (cause) {
    throw doesNotOpen('this key does not decrypt it', cause);
  }
}

function doesNotOpen(seen: string, cause?: unknown): WrongKeyError {
  return new WrongKeyError(`A wrapped key did not open: ${seen}`, {
    code: 'KEY_DOES_NOT_OPEN',
    hint: 'Configure the key that the backup was made with: `holdfast keys list` names the recipients.',
    cause,
  });
}
