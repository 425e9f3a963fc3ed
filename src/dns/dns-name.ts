/** Names and values as they stand in a zone. What is not one never reaches a server. */
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { DnsError } from '../core/errors.ts';
import type { DnsRecord } from '../core/ports/dns.ts';

/** How long the record of the generation may be kept: its TTL is ours alone. */
export const generationTtlSeconds = 60;

export interface RecordNames {
  readonly zone: string;
  /** `db.example.test`. */
  readonly full: string;
  /** `_holdfast.db.example.test`: where the generation stands. */
  readonly generation: string;
}

export function recordNames({ zone, name }: Pick<DnsRecord, 'zone' | 'name'>): RecordNames {
  const apex = hostName(zone);
  const full = name === '@' ? apex : `${hostName(name)}.${apex}`;
  return { zone: apex, full, generation: `_holdfast.${full}` };
}

/** One spelling for each value, so that two of them can be compared. */
export function recordValue(type: DnsRecord['type'], value: string): string {
  if (type === 'CNAME') return hostName(value);
  if (type === 'A' ? isIPv4(value) : isIPv6(value)) {
    return new SocketAddress({ address: value, family: type === 'A' ? 'ipv4' : 'ipv6' }).address;
  }
  throw refused(`${value} is no value of a record of type ${type}`);
}

export const generationText = (generation: number): string => `gen=${generation}`;

/** 0 where no text is ours. */
export function generationOf(texts: readonly string[]): number {
  const found = texts.map((text) => /^gen=(\d{1,15})$/.exec(text)?.[1]).find(Boolean);
  return Number(found ?? 0);
}

function hostName(name: string): string {
  const bare = name.toLowerCase().replace(/\.$/, '');
  if (/^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(bare)) return bare;
  throw refused(`${JSON.stringify(name)} is not a name that a zone can hold`);
}

const refused = (seen: string): DnsError =>
  new DnsError(seen, {
    code: 'DNS_REFUSED',
    hint: 'Mend `zone`, `name` and `values` of the cluster’s `dns` in holdfast.yaml.',
  });
