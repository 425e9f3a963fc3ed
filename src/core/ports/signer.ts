/** Signs attestations: an Ed25519 key, or KMS. The role that dumps has none. */
export interface Signer {
  /** Lower-case hex SHA-256 of the public key's DER, its first 16 digits. */
  readonly id: string;
  publicKeyPem(): Promise<string>;
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/** Checks a signature by the public key of `signers/<id>.pem`. */
export type VerifySignature = (pem: string, bytes: Uint8Array, signature: Uint8Array) => boolean;
