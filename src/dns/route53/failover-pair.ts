/**
 * A PRIMARY and a SECONDARY of one name, between which Route 53 decides by health checks.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-types.html#dns-failover-types-active-passive
 */
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { DnsError } from '../../core/errors.ts';
import type { DnsRecord, SwapRequest } from '../../core/ports/dns.ts';
import { recordValue } from '../dns-name.ts';

export interface FailoverPair {
  readonly primary: ResourceRecordSet;
  readonly secondary: ResourceRecordSet;
}

/** Undefined where the sets of a name are anything else: weighted, an alias, one half of a pair. */
export function pairOf(sets: readonly ResourceRecordSet[]): FailoverPair | undefined {
  const [primary, secondary] = (['PRIMARY', 'SECONDARY'] as const).map((role) =>
    sets.find((set) => set.Failover === role && set.AliasTarget === undefined),
  );
  if (sets.length !== 2 || primary === undefined || secondary === undefined) return undefined;
  return { primary, secondary };
}

/**
 * The pair as it becomes: who holds `value` is PRIMARY, the other SECONDARY. Each keeps its value, its identifier and
 * its health check, which looks at that value's server. Throws DnsError `DNS_CHANGED` where the pair is not as `from`
 * says, or holds no such value.
 */
export function pairAfter(
  pair: FailoverPair,
  { from, value, ttlSeconds }: Pick<SwapRequest, 'from' | 'value' | 'ttlSeconds'>,
  { type, label }: { readonly type: DnsRecord['type']; readonly label: string },
): FailoverPair {
  const { primary, secondary } = pair;
  const says = (set: ResourceRecordSet, wanted: readonly string[]) =>
    valuesOf(set, type).join() === wanted.join();
  const seen = says(primary, from.values) && (primary.TTL ?? 0) === from.ttlSeconds;
  const next = says(primary, [value]) ? pair : { primary: secondary, secondary: primary };
  if (!seen || !says(next.primary, [value])) throw otherPair(label, pair, type);
  return {
    primary: { ...next.primary, Failover: 'PRIMARY', TTL: ttlSeconds },
    secondary: { ...next.secondary, Failover: 'SECONDARY', TTL: ttlSeconds },
  };
}

/** Sorted, in one spelling. */
export const valuesOf = (
  set: ResourceRecordSet | undefined,
  type: DnsRecord['type'],
): readonly string[] =>
  (set?.ResourceRecords ?? [])
    .flatMap(({ Value }) => (Value === undefined ? [] : [recordValue(type, Value)]))
    .sort();

const otherPair = (
  label: string,
  { primary, secondary }: FailoverPair,
  type: DnsRecord['type'],
): DnsError => {
  const says = (set: ResourceRecordSet) => valuesOf(set, type).join(', ');
  return new DnsError(`${label} is ${says(primary)} first and ${says(secondary)} second`, {
    code: 'DNS_CHANGED',
    hint: 'Give the pair the values of both nodes, one each; nothing was changed.',
  });
};
