import { RawAesKeyringNode, RawAesWrappingSuiteIdentifier } from '@aws-crypto/raw-aes-keyring-node';
import { UsageError } from '../../core/errors.ts';
import type { Recipient } from '../../core/ports/keyring.ts';
import { aesKeyId, setKeyBytes } from './key-derivation.ts';
import { keyNamespace, openMessage, sealMessage } from './message.ts';

/** A raw AES-256 keyring: `name` is the key name inside the messages. */
export function rawAesKeyring(name: string, key: Uint8Array): RawAesKeyringNode {
  // The SDK wants memory of its own, not a slice of Node's shared buffer pool.
  const unencryptedMasterKey = new Uint8Array(key);
  return new RawAesKeyringNode({
    keyNamespace,
    keyName: name,
    unencryptedMasterKey,
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });
}

/** `secret` is 32 bytes in base64. Throws UsageError `AES_KEY_INVALID`, never naming the secret. */
export function aesRecipient(secret: string): Recipient {
  const key = parseAesKey(secret);
  const id = `aes:${aesKeyId(key)}`;
  const keyring = rawAesKeyring(id, key);
  return {
    id,
    kind: 'aes',
    canUnwrap: true,
    wrap: (plain, context) => sealMessage(keyring, plain, context),
    unwrap: (message, context) => openMessage(keyring, message, context),
  };
}

function parseAesKey(secret: string): Uint8Array {
  const text = secret.trim();
  const key = Buffer.from(text, 'base64');
  if (key.length === setKeyBytes && key.toString('base64') === text) return key;
  throw new UsageError(`The AES key is not usable: ${key.length} bytes, or not base64`, {
    code: 'AES_KEY_INVALID',
    hint: 'It must be 32 random bytes in base64: `openssl rand -base64 32`.',
  });
}
