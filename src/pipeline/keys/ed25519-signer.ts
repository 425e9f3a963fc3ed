import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { UsageError } from '../../core/errors.ts';
import type { Signer, VerifySignature } from '../../core/ports/signer.ts';

/** DER of a PKCS #8 Ed25519 private key up to its 32-byte seed (RFC 8410 §7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A new private key as PEM, for the key made at first use. */
export const generateSigningKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** `secret` is a PEM private key or its 32-byte seed in base64. Throws UsageError `SIGNING_KEY_INVALID`. */
export function ed25519Signer(secret: string): Signer {
  const privateKey = parsePrivateKey(secret);
  const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  return {
    id: signerId(pem),
    publicKeyPem: () => Promise.resolve(pem),
    sign: (bytes) => Promise.resolve(sign(null, bytes, privateKey)),
  };
}

/** First 16 hex digits of the SHA-256 of the public key's DER (SPKI). */
export function signerId(pem: string): string {
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}

/** Ed25519, and what KMS signs with: ECDSA P-256 with SHA-256, in DER. False for an unreadable key too. */
export const verifySignature: VerifySignature = (pem, bytes, signature) => {
  try {
    const key = createPublicKey(pem);
    const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    return verify(digest, bytes, key, signature);
  } catch {
    return false;
  }
};

function parsePrivateKey(secret: string): KeyObject {
  const key = readPrivateKey(secret.trim());
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new UsageError('The signing key is not usable: neither an Ed25519 PEM nor a 32-byte seed', {
    code: 'SIGNING_KEY_INVALID',
    hint: 'Make one with `openssl genpkey -algorithm ed25519`.',
  });
}

function readPrivateKey(text: string): KeyObject | undefined {
  try {
    if (text.includes('PRIVATE KEY')) return createPrivateKey(text);
    const seed = Buffer.from(text, 'base64');
    if (seed.length !== 32) return undefined;
    const der = Buffer.concat([pkcs8Prefix, seed]);
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch {
    return undefined;
  }
}
