export { aesRecipient } from './aes-recipient.ts';
export { ed25519Signer, generateSigningKey, signerId, verifySignature } from './ed25519-signer.ts';
export { createSetKey } from './key-derivation.ts';
export { type KmsClient, kmsRecipient } from './kms-recipient.ts';
export { rsaRecipient } from './rsa-recipient.ts';
