/** What a hosted zone holds, asked of the control plane. */
import type { ResourceRecordSet, Route53Client } from '@aws-sdk/client-route-53';
import { DnsError } from '../../core/errors.ts';
import type { DnsRecord, DnsState } from '../../core/ports/dns.ts';
import { generationOf, type RecordNames } from '../dns-name.ts';
import { type FailoverPair, pairOf, valuesOf } from './failover-pair.ts';

type Sdk = typeof import('@aws-sdk/client-route-53');

export interface HostedZone {
  readonly zoneId: string;
  readonly names: RecordNames;
  readonly type: DnsRecord['type'];
  call<T>(put: (client: Route53Client, sdk: Sdk) => Promise<T>): Promise<T>;
}

export async function readRecords(hosted: HostedZone, signal: AbortSignal): Promise<DnsState> {
  const { names, type } = hosted;
  const [text] = await findSets(hosted, { name: names.generation, type: 'TXT' }, signal);
  const sets = await findSets(hosted, { name: names.full, type }, signal);
  const pair = pairOf(sets);
  const set = pair?.primary ?? sets[0];
  if (pair === undefined && sets.some(isSteered)) throw steered(names.full);
  const texts = (text?.ResourceRecords ?? []).map(({ Value = '' }) => Value);
  return {
    values: valuesOf(set, type),
    ttlSeconds: set?.TTL ?? 0,
    generation: generationOf(texts.map((value) => value.replace(/^"|"$/g, ''))),
  };
}

/** Undefined where the name is a simple record, or there is none. */
export async function readPair(
  hosted: HostedZone,
  signal: AbortSignal,
): Promise<FailoverPair | undefined> {
  const { names, type } = hosted;
  return pairOf(await findSets(hosted, { name: names.full, type }, signal));
}

interface SetName {
  readonly name: string;
  readonly type: DnsRecord['type'] | 'TXT';
}

/** One more than a pair has. */
const mostSets = 3;

/** The list begins at the name asked for, and says the next ones where there are no more. */
async function findSets(
  { call, zoneId }: HostedZone,
  { name, type }: SetName,
  abortSignal: AbortSignal,
): Promise<ResourceRecordSet[]> {
  const input = {
    HostedZoneId: zoneId,
    StartRecordName: `${name}.`,
    StartRecordType: type,
    MaxItems: mostSets,
  };
  const { ResourceRecordSets = [] } = await call((client, sdk) =>
    client.send(new sdk.ListResourceRecordSetsCommand(input), { abortSignal }),
  );
  return ResourceRecordSets.filter((set) => set.Name === `${name}.` && set.Type === type);
}

/** By weight or place, half a pair, or an alias: such a set has no value that a swap could compare. */
const isSteered = (set: ResourceRecordSet): boolean =>
  set.SetIdentifier !== undefined || set.AliasTarget !== undefined;

const steered = (name: string): DnsError =>
  new DnsError(`${name} is an alias or has a routing policy: it cannot be compared and swapped`, {
    code: 'DNS_REFUSED',
    hint: 'Give the cluster a simple record, or a pair of failover records, and let the other one point to it.',
  });
