/**
 * Both replacements in one batch. DELETE with what was read makes it a comparison: `UPSERT` would be blind.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
 */
import type { Change, ChangeBatch, ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { DnsRecord, SwapRequest } from '../../core/ports/dns.ts';
import { generationText, generationTtlSeconds, type RecordNames } from '../dns-name.ts';

interface Place {
  readonly names: RecordNames;
  readonly type: DnsRecord['type'];
}

type Wanted = Pick<SwapRequest, 'from' | 'value' | 'ttlSeconds' | 'generation'>;

export function changeBatch({ names, type }: Place, wanted: Wanted): ChangeBatch {
  const { from, value, ttlSeconds, generation } = wanted;
  const record = (ttl: number, values: readonly string[]) =>
    recordSet(names.full, type, ttl, values);
  const text = (number: number) =>
    recordSet(names.generation, 'TXT', generationTtlSeconds, [`"${generationText(number)}"`]);
  const changes: readonly (Change | false)[] = [
    from.values.length > 0 && remove(record(from.ttlSeconds, from.values)),
    create(record(ttlSeconds, [value])),
    from.generation > 0 && remove(text(from.generation)),
    create(text(generation)),
  ];
  return { Changes: changes.filter((change) => change !== false) };
}

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
