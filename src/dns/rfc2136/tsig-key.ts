/** The key that signs updates: `hmac-sha256:name:base64`. RFC 8945. */
import { DnsError } from '../../core/errors.ts';

export interface TsigKey {
  readonly algorithm: string;
  readonly name: string;
  /** Base64. */
  readonly secret: string;
}

const pattern =
  /^(?<algorithm>hmac-(?:sha1|sha224|sha256|sha384|sha512)):(?<name>[A-Za-z0-9._-]+):(?<secret>[A-Za-z0-9+/]+={0,2})$/;

/** `reference` names where it came from: its value is never shown. */
export function parseTsigKey(text: string, reference: string): TsigKey {
  const { algorithm, name, secret } = pattern.exec(text.trim())?.groups ?? {};
  if (algorithm && name && secret) return { algorithm, name, secret };
  throw new DnsError(`The key at ${reference} cannot be used: it is not algorithm:name:base64`, {
    code: 'DNS_DENIED',
    hint: 'Put it as hmac-sha256:name:base64; `tsig-keygen name` makes one.',
  });
}
