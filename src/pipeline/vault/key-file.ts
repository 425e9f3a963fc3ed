/**
 * A key wrapped for recipients: the set key in `sets/…/keys/<n>.json`, and the vault's key check.
 * `mac` proves, to who has the key, that the file belongs to it; `sha256` shows accidental damage to
 * who has not.
 */
import { z } from 'zod';
import { canonicalJson } from '../../core/canonical-json.ts';
import { KeyUnreachableError, WrongKeyError } from '../../core/errors.ts';
import type { Recipient } from '../../core/ports/keyring.ts';
import { computeMac, type MacPurpose, macMatches } from '../keys/key-derivation.ts';
import type { EncryptionContext } from '../keys/message.ts';
import { base64Schema, sha256Hex, unreadable } from './documents.ts';

const wrappedKeySchema = z.strictObject({
  /** `aes:<id>`, `rsa:<fingerprint>`, `kms:<arn>`. */
  recipient: z.string(),
  kind: z.enum(['aes', 'rsa', 'kms']),
  /** An AWS Encryption SDK message. */
  message: base64Schema,
});
type WrappedKey = z.infer<typeof wrappedKeySchema>;

export const keyFileSchema = z.strictObject({
  format: z.literal(1),
  purpose: z.enum(['set-key', 'key-check']),
  vault: z.string(),
  /** Absent in a key check. */
  source: z.string().optional(),
  backup: z.string().optional(),
  number: z.number().int().positive(),
  createdAt: z.iso.datetime(),
  wrapped: z.array(wrappedKeySchema).min(1),
  mac: base64Schema,
  sha256: z.string(),
});
export type KeyFile = z.infer<typeof keyFileSchema>;
export type KeyFileHead = Omit<KeyFile, 'wrapped' | 'mac' | 'sha256'>;

/** What recipients see beside the key, and what KMS policies can ask for. */
export function wrappingContext(head: KeyFileHead): EncryptionContext {
  if (head.purpose === 'key-check') return { vault: head.vault, purpose: head.purpose };
  return { source: String(head.source), backup: String(head.backup), purpose: head.purpose };
}

/**
 * Wraps `key` for every recipient that can be reached; the others are `pending`. Rejects with
 * KeyUnreachableError when none can.
 */
export async function sealKeyFile(
  head: KeyFileHead,
  key: Uint8Array,
  recipients: readonly Recipient[],
): Promise<{ file: KeyFile; pending: string[] }> {
  const context = wrappingContext(head);
  const wrapped: WrappedKey[] = [];
  const failures: { readonly id: string; readonly error: KeyUnreachableError }[] = [];
  for (const recipient of recipients) {
    const { id, kind } = recipient;
    try {
      const message = Buffer.from(await recipient.wrap(key, context)).toString('base64');
      wrapped.push({ recipient: id, kind, message });
    } catch (error) {
      if (!(error instanceof KeyUnreachableError)) throw error;
      failures.push({ id, error });
    }
  }
  if (wrapped.length === 0 && failures[0]) throw failures[0].error;
  const body = { ...head, wrapped };
  const mac = computeMac(key, macPurpose(head), canonicalJson(body));
  const sha256 = sha256Hex(canonicalJson({ ...body, mac }));
  return { file: { ...body, mac, sha256 }, pending: failures.map(({ id }) => id) };
}

/** Throws IntegrityError when the file is damaged, as far as that shows without a key. */
export function checkKeyFileDigest(path: string, file: KeyFile): void {
  const { sha256, ...rest } = file;
  if (sha256Hex(canonicalJson(rest)) !== sha256) throw unreadable(path, 'its SHA-256 differs');
}

/**
 * The key, by the first recipient that opens it. `undefined` when none does. Rejects with
 * KeyUnreachableError when one that might could not be asked, and with IntegrityError when the opened
 * key did not make this file.
 */
export async function openKeyFile(
  path: string,
  file: KeyFile,
  recipients: readonly Recipient[],
): Promise<Uint8Array | undefined> {
  let unreachable: KeyUnreachableError | undefined;
  for (const recipient of recipients) {
    try {
      const key = await unwrapBy(recipient, file);
      if (key) return authentic(path, file, key);
    } catch (error) {
      if (!(error instanceof KeyUnreachableError)) throw error;
      unreachable = error;
    }
  }
  if (unreachable) throw unreachable;
  return undefined;
}

async function unwrapBy(recipient: Recipient, file: KeyFile): Promise<Uint8Array | undefined> {
  const mine = file.wrapped.find(({ recipient: id }) => id === recipient.id);
  if (!mine || !recipient.canUnwrap) return undefined;
  try {
    return await recipient.unwrap(Buffer.from(mine.message, 'base64'), wrappingContext(file));
  } catch (error) {
    if (error instanceof WrongKeyError) return undefined;
    throw error;
  }
}

function authentic(path: string, file: KeyFile, key: Uint8Array): Uint8Array {
  const { mac, sha256: _, ...body } = file;
  const expected = computeMac(key, macPurpose(file), canonicalJson(body));
  if (!macMatches(expected, mac)) throw unreadable(path, 'its MAC differs');
  return key;
}

const macPurpose = (head: KeyFileHead): MacPurpose =>
  head.purpose === 'set-key' ? 'keyFile' : 'keyCheck';
