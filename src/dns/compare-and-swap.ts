/** What both providers mean by a swap: one attempt, and what its refusal says. */
import { DnsError } from '../core/errors.ts';
import type { DnsState, DnsZone, SwapRequest } from '../core/ports/dns.ts';
import { recordValue } from './dns-name.ts';

export interface Swapping {
  readonly zone: Pick<DnsZone, 'label' | 'record' | 'read'>;
  /** All or nothing. Rejects with DnsError `DNS_CHANGED` where something is not as `from` says. */
  change(request: SwapRequest): Promise<void>;
}

export async function compareAndSwap(
  request: SwapRequest,
  { zone, change }: Swapping,
): Promise<DnsState> {
  const value = recordValue(zone.record.type, request.value);
  const { from, ttlSeconds, generation, signal } = request;
  const wanted = { values: [value], ttlSeconds, generation };
  try {
    if (generation <= from.generation) throw notHigher(zone.label, request);
    await change({ ...request, value });
    return wanted;
  } catch (error) {
    if (!mayBeDone(error)) throw error;
    const now = await zone.read(signal);
    if (isSame(now, wanted)) return now;
    throw isSame(now, from) ? error : changed(zone.label, now, error);
  }
}

const mayBeDone = (error: unknown): boolean =>
  error instanceof DnsError && ['DNS_CHANGED', 'DNS_REFUSED'].includes(error.code);

const isSame = (one: DnsState, other: DnsState): boolean =>
  one.generation === other.generation && one.values.join() === other.values.join();

const notHigher = (label: string, { generation, from }: SwapRequest): DnsError =>
  new DnsError(
    `${label} was not changed: generation ${generation} is not above ${from.generation}`,
    { code: 'DNS_REFUSED', hint: 'A later failover holds this name; this one has to end.' },
  );

const changed = (label: string, now: DnsState, cause: unknown): DnsError =>
  new DnsError(
    `${label} is not what was seen before: ${now.values.join(', ') || 'nothing'}, generation ${now.generation}. Nothing was changed`,
    {
      code: 'DNS_CHANGED',
      hint: 'Find out who else changes this name before the failover goes on.',
      cause,
    },
  );
