/** One name server, asked itself: not what the system is configured with, and no cache of this process. */
import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { DnsError } from '../core/errors.ts';
import type { DnsRecord, DnsState, NameServerAnswer } from '../core/ports/dns.ts';
import { generationOf, type RecordNames, recordValue } from './dns-name.ts';

export interface Question {
  readonly names: RecordNames;
  readonly type: DnsRecord['type'];
  /** Of the configuration: what is said of a CNAME, whose TTL Node.js does not tell. */
  readonly ttlSeconds: number;
}

type Found = Pick<DnsState, 'values' | 'ttlSeconds'>;

/** The record and its generation. Rejects with DnsError `DNS_UNREACHABLE` or `DNS_REFUSED`. */
export async function readState(
  server: string,
  question: Question,
  signal: AbortSignal,
): Promise<DnsState> {
  try {
    const texts = await ask(server, signal, (resolver) =>
      resolver.resolveTxt(question.names.generation),
    );
    const found = await find(server, question, signal);
    return { ...found, generation: generationOf(texts.map((parts) => parts.join(''))) };
  } catch (error) {
    signal.throwIfAborted();
    throw readFailure(server, error);
  }
}

/** Never rejects for what a server does: a silent one is an answer too. */
export async function answerOf(
  place: Pick<NameServerAnswer, 'server' | 'kind'>,
  question: Question,
  signal: AbortSignal,
): Promise<NameServerAnswer> {
  try {
    return { ...place, ...(await find(place.server, question, signal)) };
  } catch (error) {
    signal.throwIfAborted();
    return { ...place, values: [], ttlSeconds: 0, error: codeOf(error) };
  }
}

/** `host:port` apart; an IPv6 host without its brackets. */
export function hostAndPort(server: string): { readonly host: string; readonly port: string } {
  const at = server.lastIndexOf(':');
  return { host: server.slice(0, at).replace(/^\[|\]$/g, ''), port: server.slice(at + 1) };
}

async function find(server: string, question: Question, signal: AbortSignal): Promise<Found> {
  const { type, ttlSeconds, names } = question;
  const records = await ask(server, signal, async (resolver) => {
    if (type === 'A') return resolver.resolve4(names.full, { ttl: true });
    if (type === 'AAAA') return resolver.resolve6(names.full, { ttl: true });
    const targets = await resolver.resolveCname(names.full);
    return targets.map((address) => ({ address, ttl: ttlSeconds }));
  });
  if (records.length === 0) return { values: [], ttlSeconds: 0 };
  return {
    values: records.map(({ address }) => recordValue(type, address)).sort(),
    ttlSeconds: Math.min(...records.map(({ ttl }) => ttl)),
  };
}

/** A resolver of its own for each question: c-ares may keep answers. */
async function ask<T>(
  server: string,
  signal: AbortSignal,
  put: (resolver: Resolver) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const resolver = new Resolver({ timeout: 1500, tries: 3 });
  resolver.setServers([await socketOf(server)]);
  signal.throwIfAborted();
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await put(resolver);
  } catch (error) {
    if (['ENODATA', 'ENOTFOUND'].includes(codeOf(error))) return [];
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

async function socketOf(server: string): Promise<string> {
  const { host, port } = hostAndPort(server);
  const address = isIP(host) > 0 ? host : (await lookup(host)).address;
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

const codeOf = (error: unknown): string =>
  String(Object(error).code ?? (error instanceof Error ? error.message : error));

function readFailure(server: string, error: unknown): DnsError {
  if (error instanceof DnsError) return error;
  const refused = ['EREFUSED', 'EFORMERR', 'ENOTIMP'].includes(codeOf(error));
  return new DnsError(`The name server ${server} was not read: ${codeOf(error)}`, {
    code: refused ? 'DNS_REFUSED' : 'DNS_UNREACHABLE',
    hint: refused
      ? 'Ask a server that serves this zone to this machine.'
      : 'Look at the network between here and the name server; nothing was changed.',
    retryable: !refused,
    cause: error,
  });
}
