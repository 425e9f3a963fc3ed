/** From `vault.signing` to who signs attestations. On one machine a key is made at first use. */
import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../core/config/schema.ts';
import type { Signer } from '../core/ports/signer.ts';
import { kmsRegion } from './recipients.ts';

export interface SignerOptions {
  readonly secret: (reference: string) => Promise<string>;
  /** `.holdfast/` beside the configuration. */
  readonly stateDir: string;
  /** The ARN that `kms: stack` means. */
  readonly stackKey: () => Promise<string>;
}

export async function openSigner(
  signing: Config['vault']['signing'],
  options: SignerOptions,
): Promise<Signer> {
  if (signing && 'kms' in signing) {
    return kmsSigner(signing.kms === 'stack' ? await options.stackKey() : signing.kms);
  }
  const { ed25519Signer } = await import('../pipeline/keys/index.ts');
  const secret = signing ? await options.secret(signing.ed25519) : await ownKey(options.stateDir);
  return ed25519Signer(secret);
}

/** Made whole and linked into place: of two first users, one wins and both read the same key. */
async function ownKey(stateDir: string): Promise<string> {
  const file = join(stateDir, 'signing-key.pem');
  const existing = await readFile(file, 'utf8').catch(absent);
  if (existing !== undefined) return existing;
  const { generateSigningKey } = await import('../pipeline/keys/index.ts');
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, generateSigningKey(), { mode: 0o600, flush: true });
  await chmod(temporary, 0o600);
  await link(temporary, file).catch(ignoreExisting);
  await rm(temporary, { force: true });
  return readFile(file, 'utf8');
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** An asymmetric KMS key, ECC_NIST_P256: signatures are DER, as `verifySignature` reads them. */
async function kmsSigner(arn: string): Promise<Signer> {
  const { KMS } = await import('@aws-sdk/client-kms');
  const { signerId } = await import('../pipeline/keys/index.ts');
  const client = new KMS({ region: kmsRegion(arn) });
  const { PublicKey } = await client.getPublicKey({ KeyId: arn });
  const base64 = Buffer.from(PublicKey ?? []).toString('base64');
  const pem = `-----BEGIN PUBLIC KEY-----\n${base64.replace(/.{64}/g, '$&\n').trim()}\n-----END PUBLIC KEY-----\n`;
  return {
    id: signerId(pem),
    publicKeyPem: () => Promise.resolve(pem),
    async sign(bytes) {
      const { Signature } = await client.sign({
        KeyId: arn,
        Message: bytes,
        MessageType: 'RAW',
        SigningAlgorithm: 'ECDSA_SHA_256',
      });
      return Signature ?? new Uint8Array();
    },
  };
}
