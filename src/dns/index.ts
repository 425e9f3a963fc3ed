/** The registry of DNS providers: one line per provider. Known only to composition roots. */
import type { DnsConfig } from '../core/config/cluster.ts';
import type { DnsZone } from '../core/ports/dns.ts';
import type { DnsDependencies, DnsProviders } from './dns-provider.ts';
import { openRfc2136Zone } from './rfc2136/rfc2136.ts';
import { openRoute53Zone } from './route53/route53.ts';

const providers: DnsProviders = {
  rfc2136: openRfc2136Zone,
  route53: openRoute53Zone,
};

type Open = (config: DnsConfig, dependencies: DnsDependencies) => DnsZone;

/** Asks nobody yet. Throws DnsError `DNS_REFUSED` where the name or the zone is not one. */
export function openDnsZone(config: DnsConfig, dependencies: DnsDependencies): DnsZone {
  return (providers[config.provider] as Open)(config, dependencies);
}
