/** Whether a name may be changed from here, without a change. */
import { DnsError } from '../../core/errors.ts';
import type { DnsZone } from '../../core/ports/dns.ts';

/** Beyond every generation that a run has: what is asked for can never be so. */
const impossible = 1_000_000_000;

export type Rights = 'granted' | 'denied';

/**
 * Asks for a change whose condition cannot hold. Who may change the zone hears that the condition does not hold;
 * who may not is refused. A server that looks at conditions first hides a refusal.
 */
export async function rightsTo(zone: DnsZone, signal: AbortSignal): Promise<Rights> {
  const { values, ttlSeconds, generation } = await zone.read(signal);
  const from = { values, ttlSeconds, generation: generation + impossible };
  const request = { from, ttlSeconds, generation: from.generation + 1, signal };
  try {
    await zone.swap({ ...request, value: values[0] ?? '' });
    return 'granted';
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
    if (error.code === 'DNS_CHANGED') return 'granted';
    if (error.code === 'DNS_DENIED') return 'denied';
    throw error;
  }
}
