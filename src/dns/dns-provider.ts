/** What a provider of DNS is opened with. */
import type { DnsConfig } from '../core/config/cluster.ts';
import type { DnsZone } from '../core/ports/dns.ts';

export interface DnsDependencies {
  /** Resolves a reference (`env:…`, `file:…`, `ssm:…`, `secretsmanager:…`) at each change. */
  secret(reference: string): Promise<string>;
  /** How long a provider that answers before its servers do is left alone between two questions. */
  readonly pollMs?: number;
}

export type DnsProviders = {
  readonly [P in DnsConfig['provider']]: (
    config: Extract<DnsConfig, { provider: P }>,
    dependencies: DnsDependencies,
  ) => DnsZone;
};
