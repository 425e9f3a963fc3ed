/** Signed statements beside a set. The signature covers the manifest's SHA-256: replacing it voids them. */
import { randomBytes } from 'node:crypto';
import {
  type Attestation,
  type AttestationBody,
  type AttestationKind,
  attestationSchema,
} from '../../core/attestation.ts';
import type { BackupId } from '../../core/backup-id.ts';
import { IntegrityError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import type { Signer } from '../../core/ports/signer.ts';
import { signerId, verifySignature } from '../keys/ed25519-signer.ts';
import { base64Schema, encodeDocument, getObject, hasCode, readDocument } from './documents.ts';
import { lockOptions, type SetAddress, setLockUntil, type Vault } from './vault.ts';

const storedAttestationSchema = attestationSchema.extend({ signature: base64Schema });

export interface AttestationStatement {
  readonly kind: AttestationKind;
  readonly source: string;
  readonly backup: BackupId;
  readonly manifestSha256: string;
  readonly passed: boolean;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface VerifiedAttestation {
  readonly key: string;
  readonly attestation: Attestation;
  /** The signature holds, by a signer of this vault, for this set. */
  readonly verified: boolean;
  /** Hex; compare with the set's manifest: a statement about another manifest proves nothing. */
  readonly manifestSha256: string;
}

/** Signs and stores a statement, and publishes the signer's public key at first use. */
export async function attest(
  vault: Vault,
  signer: Signer,
  statement: AttestationStatement,
): Promise<Attestation> {
  await publishSigner(vault, signer);
  const at = vault.now().toISOString();
  const body: AttestationBody = {
    format: 1,
    ...statement,
    details: { ...statement.details },
    at,
    signer: signer.id,
  };
  const signature = Buffer.from(await signer.sign(encodeDocument(body))).toString('base64');
  const attestation = { ...body, signature };
  // `removed` is the last object to go: locking it would keep the folder from vanishing.
  const until = body.kind === 'removed' ? undefined : setLockUntil(vault, body.backup);
  await putAttestation(vault, attestation, lockOptions(until));
  return attestation;
}

/** Ends the reading, which then begins with the newest statement. */
export type EnoughSaid = (statement: VerifiedAttestation) => boolean;

/** All statements of a set in order of time; `damaged` are those that cannot be read. */
export async function readAttestations(
  vault: Vault,
  set: SetAddress,
  enough?: EnoughSaid,
): Promise<{ attestations: VerifiedAttestation[]; damaged: IntegrityError[] }> {
  const attestations: VerifiedAttestation[] = [];
  const damaged: IntegrityError[] = [];
  const keys: string[] = [];
  for await (const { key } of vault.store.list(layout.attestations(set.source, set.id))) {
    keys.push(key);
  }
  for (const key of enough ? keys.toReversed() : keys) {
    const read = await readAttestation(vault, set, key).catch(damageOnly);
    if (read instanceof IntegrityError) damaged.push(read);
    else attestations.push(read);
    if (!(read instanceof IntegrityError) && enough?.(read)) break;
  }
  return { attestations: enough ? attestations.reverse() : attestations, damaged };
}

function damageOnly(error: unknown): IntegrityError {
  if (error instanceof IntegrityError) return error;
  throw error;
}

async function readAttestation(
  vault: Vault,
  set: SetAddress,
  key: string,
): Promise<VerifiedAttestation> {
  const { value } = await readDocument(vault.store, key, storedAttestationSchema);
  const { signature, ...body } = value;
  const about = body.source === set.source && body.backup === set.id;
  const pem = about ? await readSignerPem(vault, body.signer) : undefined;
  const bytes = encodeDocument(body);
  const signed = pem !== undefined && verifySignature(pem, bytes, Buffer.from(signature, 'base64'));
  return {
    key,
    attestation: value,
    verified: signed,
    manifestSha256: body.manifestSha256,
  };
}

/** `undefined` when there is none or its id is not its fingerprint. */
export async function readSignerPem(vault: Vault, id: string): Promise<string | undefined> {
  if (!/^[0-9a-f]{16}$/.test(id)) return undefined;
  const bytes = await getObject(vault.store, layout.signer(id));
  if (!bytes) return undefined;
  const pem = Buffer.from(bytes).toString('utf8');
  try {
    return signerId(pem) === id ? pem : undefined;
  } catch {
    return undefined;
  }
}

async function publishSigner(vault: Vault, signer: Signer): Promise<void> {
  const key = layout.signer(signer.id);
  if (await vault.store.head(key)) return;
  const pem = await signer.publicKeyPem();
  await vault.store.put(key, Buffer.from(pem), { ifAbsent: true });
}

async function putAttestation(
  vault: Vault,
  attestation: Attestation,
  lock: { lockUntil?: Date },
): Promise<void> {
  const set = { source: attestation.source, id: attestation.backup };
  const stamp = attestation.at.replace(/[-:.]/g, '');
  const bytes = encodeDocument(attestation);
  const put = (kind: string) =>
    vault.store.put(layout.attestation(set, stamp, kind), bytes, { ifAbsent: true, ...lock });
  try {
    await put(attestation.kind);
  } catch (error) {
    if (!hasCode(error, 'OBJECT_EXISTS')) throw error;
    // Two statements of one kind in one millisecond: both count.
    await put(`${attestation.kind}-${randomBytes(4).toString('hex')}`);
  }
}
