/**
 * One update in the language of nsupdate(1): prerequisites and both replacements in one message, which a server
 * applies whole or not at all (RFC 2136, 3.2 and 3.4).
 */
import type { DnsRecord, SwapRequest } from '../../core/ports/dns.ts';
import { generationText, generationTtlSeconds, type RecordNames } from '../dns-name.ts';
import { hostAndPort } from '../name-server.ts';
import type { TsigKey } from './tsig-key.ts';

export interface UpdatePlace {
  /** `host:port`. */
  readonly server: string;
  readonly names: RecordNames;
  readonly type: DnsRecord['type'];
  readonly key: TsigKey;
}

type Change = Pick<SwapRequest, 'from' | 'value' | 'ttlSeconds' | 'generation'>;

/** Holds the key: for standard input only. */
export function updateScript({ server, names, type, key }: UpdatePlace, change: Change): string {
  const { host, port } = hostAndPort(server);
  const record = `${names.full}.`;
  const text = `${names.generation}.`;
  const { from, ttlSeconds, generation } = change;
  const before = from.generation > 0 ? [quoted(from.generation)] : [];
  const lines = [
    `server ${host} ${port}`,
    `zone ${names.zone}.`,
    `key ${key.algorithm}:${key.name} ${key.secret}`,
    ...prerequisites(record, type, from.values.map(dataOf(type))),
    ...prerequisites(text, 'TXT', before),
    `update delete ${record} IN ${type}`,
    `update add ${record} ${ttlSeconds} IN ${type} ${dataOf(type)(change.value)}`,
    `update delete ${text} IN TXT`,
    `update add ${text} ${generationTtlSeconds} IN TXT ${quoted(generation)}`,
    'send',
  ];
  return `${lines.join('\n')}\n`;
}

/** Exactly these data, or no such record at all. */
function prerequisites(name: string, type: string, data: readonly string[]): readonly string[] {
  if (data.length === 0) return [`prereq nxrrset ${name} IN ${type}`];
  return data.map((value) => `prereq yxrrset ${name} IN ${type} ${value}`);
}

const dataOf = (type: string) => (value: string) => (type === 'CNAME' ? `${value}.` : value);
const quoted = (generation: number): string => `"${generationText(generation)}"`;
