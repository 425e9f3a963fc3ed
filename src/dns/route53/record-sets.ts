/** What a hosted zone holds, asked of the control plane. */
import type { ResourceRecordSet, Route53Client } from '@aws-sdk/client-route-53';
import { DnsError } from '../../core/errors.ts';
import type { DnsRecord, DnsState } from '../../core/ports/dns.ts';
import { generationOf, type RecordNames, recordValue } from '../dns-name.ts';

type Sdk = typeof import('@aws-sdk/client-route-53');

export interface HostedZone {
  readonly zoneId: string;
  readonly names: RecordNames;
  readonly type: DnsRecord['type'];
  call<T>(put: (client: Route53Client, sdk: Sdk) => Promise<T>): Promise<T>;
}

export async function readRecords(hosted: HostedZone, signal: AbortSignal): Promise<DnsState> {
  const { names, type } = hosted;
  const text = await findSet(hosted, { name: names.generation, type: 'TXT' }, signal);
  const set = await findSet(hosted, { name: names.full, type }, signal);
  if (isSteered(set)) throw steered(names.full);
  return {
    values: valuesOf(set)
      .map((value) => recordValue(type, value))
      .sort(),
    ttlSeconds: set?.TTL ?? 0,
    generation: generationOf(valuesOf(text).map((value) => value.replace(/^"|"$/g, ''))),
  };
}

interface SetName {
  readonly name: string;
  readonly type: DnsRecord['type'] | 'TXT';
}

/** The list begins at the name asked for, and says the next one where there is none. */
async function findSet(
  { call, zoneId }: HostedZone,
  { name, type }: SetName,
  abortSignal: AbortSignal,
): Promise<ResourceRecordSet | undefined> {
  const input = {
    HostedZoneId: zoneId,
    StartRecordName: `${name}.`,
    StartRecordType: type,
    MaxItems: 1,
  };
  const { ResourceRecordSets = [] } = await call((client, sdk) =>
    client.send(new sdk.ListResourceRecordSetsCommand(input), { abortSignal }),
  );
  return ResourceRecordSets.find((set) => set.Name === `${name}.` && set.Type === type);
}

const valuesOf = (set: ResourceRecordSet | undefined): readonly string[] =>
  (set?.ResourceRecords ?? []).flatMap(({ Value }) => (Value === undefined ? [] : [Value]));

/** By weight, health or place, or an alias: such a set has no value that a swap could compare. */
const isSteered = (set: ResourceRecordSet | undefined): boolean =>
  set?.SetIdentifier !== undefined || set?.AliasTarget !== undefined;

const steered = (name: string): DnsError =>
  new DnsError(`${name} is an alias or has a routing policy: it cannot be compared and swapped`, {
    code: 'DNS_REFUSED',
    hint: 'Give the cluster a simple record, and let the other one point to it.',
  });
