/** One recipient of set keys; any one of them opens the backups. */
export interface Recipient {
  /** Shown and stored: `aes:<id>`, `rsa:<fingerprint>`, `kms:<arn>`. */
  readonly id: string;
  readonly kind: 'aes' | 'rsa' | 'kms';
  /** False for a public key alone (offline escrow). */
  readonly canUnwrap: boolean;
  /** Returns an AWS Encryption SDK message holding `key` under `context`. */
  wrap(key: Uint8Array, context: Readonly<Record<string, string>>): Promise<Uint8Array>;
  /** Rejects with WrongKeyError when this recipient does not open it. */
  unwrap(message: Uint8Array, context: Readonly<Record<string, string>>): Promise<Uint8Array>;
}
