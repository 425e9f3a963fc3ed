/** Signed statements about a set: who proved, copied, held, released or removed it. */
import { z } from 'zod';
import { backupIdSchema } from './backup-id.ts';

export const attestationKinds = [
  'checked',
  'read',
  'drilled',
  'rehearsed',
  'held',
  'released',
  'copied',
  'removed',
] as const;
export type AttestationKind = (typeof attestationKinds)[number];

export const attestationBodySchema = z.strictObject({
  format: z.literal(1),
  kind: z.enum(attestationKinds),
  source: z.string(),
  backup: backupIdSchema,
  /** SHA-256 (hex) of the manifest's stored bytes: what the signature is about. */
  manifestSha256: z.string(),
  at: z.iso.datetime(),
  /** False where the work was done and found damage: a failed proof is recorded too. */
  passed: z.boolean(),
  /** Kind-specific: figures of a drill, a hold's reason and expiry, a copy's version ids. */
  details: z.record(z.string(), z.unknown()),
  /** `signers/<signer>.pem` holds the public key. */
  signer: z.string(),
});
export type AttestationBody = z.infer<typeof attestationBodySchema>;

/** `signature` is base64 over the canonical JSON of the body. */
export const attestationSchema = attestationBodySchema.extend({ signature: z.string() });
export type Attestation = z.infer<typeof attestationSchema>;
