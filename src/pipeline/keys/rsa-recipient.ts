import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { RawRsaKeyringNode } from '@aws-crypto/raw-rsa-keyring-node';
import { UsageError, WrongKeyError } from '../../core/errors.ts';
import type { Recipient } from '../../core/ports/keyring.ts';
import { keyNamespace, openMessage, sealMessage } from './message.ts';

/**
 * `pem` is a public key (offline escrow: wraps only) or a private one (opens too). OAEP with SHA-256.
 * Throws UsageError `RSA_KEY_INVALID`.
 */
export function rsaRecipient(pem: string): Recipient {
  const { publicKey, privateKey } = parseRsaKey(pem);
  const id = `rsa:${rsaFingerprint(publicKey)}`;
  const keyring = new RawRsaKeyringNode({
    keyNamespace,
    keyName: id,
    oaepHash: 'sha256',
    rsaKey: {
      publicKey: publicKey.export({ type: 'spki', format: 'pem' }),
      ...(privateKey && { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) }),
    },
  });
  return {
    id,
    kind: 'rsa',
    canUnwrap: privateKey !== undefined,
    wrap: (plain, context) => sealMessage(keyring, plain, context),
    unwrap: (message, context) =>
      privateKey ? openMessage(keyring, message, context) : Promise.reject(publicOnly(id)),
  };
}

/** First 16 hex digits of the SHA-256 of the public key's DER (SPKI). */
function rsaFingerprint(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}

function parseRsaKey(pem: string): { publicKey: KeyObject; privateKey?: KeyObject } {
  const isPrivate = pem.includes('PRIVATE KEY');
  const privateKey = isPrivate ? readKey(() => createPrivateKey(pem)) : undefined;
  const publicKey = readKey(() => createPublicKey(pem));
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (publicKey.asymmetricKeyType !== 'rsa' || bits < 2048) {
    throw invalid(`it is ${publicKey.asymmetricKeyType} with ${bits} bits`);
  }
  return privateKey ? { publicKey, privateKey } : { publicKey };
}

function readKey(read: () => KeyObject): KeyObject {
  try {
    return read();
  } catch (cause) {
    throw invalid('it is not an unencrypted PEM', cause);
  }
}

function invalid(seen: string, cause?: unknown): UsageError {
  return new UsageError(`The RSA key is not usable: ${seen}`, {
    code: 'RSA_KEY_INVALID',
    hint: 'Give an RSA key of at least 2048 bits in PEM: `openssl genrsa 4096`, `openssl rsa -pubout`.',
    cause,
  });
}

function publicOnly(id: string): WrongKeyError {
  return new WrongKeyError(`${id} did not open a wrapped key: only its public half is known`, {
    code: 'PRIVATE_KEY_NEEDED',
    hint: 'Give the private key with --private-key FILE.',
  });
}
