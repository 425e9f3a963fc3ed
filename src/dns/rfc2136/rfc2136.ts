/** A zone on a server that takes dynamic updates (BIND, Knot, PowerDNS, Windows with TSIG). RFC 2136. */
import type { DnsConfig } from '../../core/config/cluster.ts';
import type { DnsZone, NameServerAnswer, SwapRequest } from '../../core/ports/dns.ts';
import { compareAndSwap } from '../compare-and-swap.ts';
import { recordNames } from '../dns-name.ts';
import type { DnsDependencies } from '../dns-provider.ts';
import { answerOf, readState } from '../name-server.ts';
import { nsupdate } from './nsupdate.ts';
import { parseTsigKey } from './tsig-key.ts';
import { updateScript } from './update-script.ts';

export type Rfc2136Config = Extract<DnsConfig, { provider: 'rfc2136' }>;

export function openRfc2136Zone(config: Rfc2136Config, { secret }: DnsDependencies): DnsZone {
  const { server, type } = config;
  const names = recordNames(config);
  const question = { names, type, ttlSeconds: config.ttl };
  const change = async (request: SwapRequest) => {
    const key = parseTsigKey(await secret(config.key), config.key);
    const script = updateScript({ server, names, type, key }, request);
    await nsupdate({ script, secret: key.secret, server, signal: request.signal });
  };
  const zone: DnsZone = {
    label: `${names.full} ${type} at ${server}`,
    record: { zone: config.zone, name: config.name, type },
    read: (signal) => readState(server, question, signal),
    swap: (request) => compareAndSwap(request, { zone, change }),
    answers: (signal) =>
      Promise.all(serversOf(config).map((place) => answerOf(place, question, signal))),
    close: async () => undefined,
  };
  return zone;
}

const serversOf = ({ server, secondaries, resolvers }: Rfc2136Config) => [
  ...[server, ...secondaries].map((at) => place(at, 'authoritative')),
  ...resolvers.map((at) => place(at, 'resolver')),
];

const place = (server: string, kind: NameServerAnswer['kind']) => ({ server, kind });
