/** From `vault.encryption` to the recipients that wrap and open set keys. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config, RecipientConfig } from '../core/config/schema.ts';
import { SecretError, UsageError } from '../core/errors.ts';
import type { Recipient } from '../core/ports/keyring.ts';
import type { KmsClient } from '../pipeline/keys/index.ts';

export interface RecipientOptions {
  readonly secret: (reference: string) => Promise<string>;
  /** Where the configuration lies: relative paths start there. */
  readonly baseDir: string;
  /** PEM files of escrow keys, given by `--private-key`. */
  readonly privateKeys: readonly string[];
  /** The ARN that `kms: stack` or `kms: recovery` means. */
  readonly stackKey: (name: 'vault' | 'recovery') => Promise<string>;
}

export async function openRecipients(
  { key, recipients }: Config['vault']['encryption'],
  options: RecipientOptions,
): Promise<Recipient[]> {
  const entries: readonly RecipientConfig[] = key ? [{ aes: key }] : (recipients ?? []);
  const opened = await Promise.all(entries.map((entry) => openConfigured(entry, options)));
  const configured = opened.filter((one) => one !== undefined);
  const given = await Promise.all(
    options.privateKeys.map((file) => rsaFromFile(file, options.baseDir)),
  );
  const replaced = new Set(given.map(({ id }) => id));
  return [...given, ...configured.filter(({ id }) => !replaced.has(id))];
}

/** Who brings the escrow key has lost the others: a secret that is gone must not stand in the way. */
async function openConfigured(
  entry: RecipientConfig,
  options: RecipientOptions,
): Promise<Recipient | undefined> {
  try {
    return await openRecipient(entry, options);
  } catch (error) {
    if (options.privateKeys.length > 0 && error instanceof SecretError) return undefined;
    throw error;
  }
}

async function openRecipient(entry: RecipientConfig, options: RecipientOptions) {
  if ('kms' in entry) return kms(await keyArn(entry.kms, options));
  if ('rsa' in entry) return rsaFromText(entry.rsa, options.baseDir);
  const { aesRecipient } = await import('../pipeline/keys/index.ts');
  return aesRecipient(await options.secret(entry.aes));
}

const keyArn = async (key: string, { stackKey }: RecipientOptions): Promise<string> => {
  if (key.startsWith('arn:')) return key;
  return stackKey(key === 'recovery' ? 'recovery' : 'vault');
};

async function kms(arn: string): Promise<Recipient> {
  const { kmsRecipient } = await import('../pipeline/keys/index.ts');
  return kmsRecipient(arn, async (): Promise<KmsClient> => {
    const { KMS } = await import('@aws-sdk/client-kms');
    return new KMS({ region: kmsRegion(arn) });
  });
}

/** `arn:aws:kms:<region>:…`: another Region's key is asked there. */
export const kmsRegion = (arn: string): string => String(arn.split(':')[3]);

/** A file, or the PEM itself where it was inlined by packaging. */
const rsaFromText = async (text: string, baseDir: string): Promise<Recipient> =>
  text.includes('-----BEGIN') ? rsa(text) : rsaFromFile(text.replace(/^file:/, ''), baseDir);

async function rsaFromFile(file: string, baseDir: string): Promise<Recipient> {
  const path = resolve(baseDir, file);
  try {
    return await rsa(await readFile(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`The RSA key ${path} could not be read: ${(cause as Error).message}`, {
      code: 'RSA_KEY_UNREADABLE',
      hint: 'Paths start at the folder of the configuration.',
      cause,
    });
  }
}

async function rsa(pem: string): Promise<Recipient> {
  const { rsaRecipient } = await import('../pipeline/keys/index.ts');
  return rsaRecipient(pem);
}
