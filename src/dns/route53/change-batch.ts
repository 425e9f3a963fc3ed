/**
 * Both replacements in one batch. DELETE with what was read makes it a comparison: `UPSERT` would be blind.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
 */
import type { Change, ChangeBatch, ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { DnsRecord, SwapRequest } from '../../core/ports/dns.ts';
import { generationText, generationTtlSeconds, type RecordNames } from '../dns-name.ts';
import type { FailoverPair } from './failover-pair.ts';

interface Place {
  readonly names: RecordNames;
  readonly type: DnsRecord['type'];
}

type Wanted = Pick<SwapRequest, 'from' | 'value' | 'ttlSeconds' | 'generation'>;

/** Of a name that is a pair of failover records: as it is, and as it becomes. */
export interface PairChange {
  readonly before: FailoverPair;
  readonly after: FailoverPair;
}

export function changeBatch(
  { names, type }: Place,
  wanted: Wanted,
  pair?: PairChange,
): ChangeBatch {
  const { from, value, ttlSeconds, generation } = wanted;
  const record = (ttl: number, values: readonly string[]) =>
    recordSet(names.full, type, ttl, values);
  const text = (number: number) =>
    recordSet(names.generation, 'TXT', generationTtlSeconds, [`"${generationText(number)}"`]);
  const simple = [
    from.values.length > 0 && remove(record(from.ttlSeconds, from.values)),
    create(record(ttlSeconds, [value])),
  ];
  const changes: readonly (Change | false)[] = [
    ...(pair === undefined ? simple : pairChanges(pair)),
    from.generation > 0 && remove(text(from.generation)),
    create(text(generation)),
  ];
  return { Changes: changes.filter((change) => change !== false) };
}

/** Both go before one comes: a name has one PRIMARY. */
const pairChanges = ({ before, after }: PairChange): Change[] => [
  remove(before.primary),
  remove(before.secondary),
  create(after.primary),
  create(after.secondary),
];

const remove = (ResourceRecordSet: ResourceRecordSet): Change => ({
  Action: 'DELETE',
  ResourceRecordSet,
});
const create = (ResourceRecordSet: ResourceRecordSet): Change => ({
  Action: 'CREATE',
  ResourceRecordSet,
});

const recordSet = (
  name: string,
  Type: DnsRecord['type'] | 'TXT',
  TTL: number,
  values: readonly string[],
): ResourceRecordSet => ({
  Name: `${name}.`,
  Type,
  TTL,
  ResourceRecords: values.map((Value) => ({ Value })),
});
