import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import {
  ed25519Signer,
  generateSigningKey,
  signerId,
  verifySignature,
} from '../../../src/pipeline/keys/index.ts';

/** RFC 8032 §7.1, test 2. */
const seed = '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb';
const signatureOf72 =
  '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00';

describe('ed25519Signer', () => {
  it('signs as RFC 8032 says, from a seed in base64', async () => {
    const signer = ed25519Signer(Buffer.from(seed, 'hex').toString('base64'));
    const signature = await signer.sign(Buffer.from('72', 'hex'));
    expect(Buffer.from(signature).toString('hex')).toBe(signatureOf72);
  });

  it('reads its own generated PEM, and its signatures verify by its public key', async () => {
    const signer = ed25519Signer(generateSigningKey());
    const bytes = Buffer.from('statement');
    const signature = await signer.sign(bytes);
    const pem = await signer.publicKeyPem();
    expect(signerId(pem)).toBe(signer.id);
    expect(verifySignature(pem, bytes, signature)).toBe(true);
    expect(verifySignature(pem, Buffer.from('other'), signature)).toBe(false);
  });

  it.each([
    '',
    'bm9wZQ==',
    generateKeyPairSync('rsa', { modulusLength: 2048 })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  ])('refuses what is no Ed25519 key', (secret) => {
    expect(() => ed25519Signer(secret)).toThrow(UsageError);
  });
});

describe('verifySignature', () => {
  it('takes ECDSA P-256 with SHA-256 too, as KMS signs', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const bytes = Buffer.from('statement');
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const key = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect(verifySignature(pem, bytes, sign('sha256', bytes, key))).toBe(true);
  });

  it('is false for a key that cannot be read', () => {
    expect(verifySignature('nonsense', Buffer.from('a'), Buffer.from('b'))).toBe(false);
  });
});
