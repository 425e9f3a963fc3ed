/**
 * Who answers for a name. A change is a compare-and-swap: the value *and* a generation that stands in a TXT
 * record beside it (`_holdfast.<name>`: `gen=<epoch>`) must be what they were, else nothing changes.
 *
 * Contract
 * - `read` asks the authority itself, never a cache.
 * - `swap` is one atomic change: no moment without an answer. Repeating a swap that took effect is success.
 * - DnsError codes: DNS_UNREACHABLE, DNS_THROTTLED (both retryable), DNS_DENIED, DNS_CHANGED (the record or the
 *   generation is not what the caller saw), DNS_REFUSED.
 */
export interface DnsRecord {
  readonly zone: string;
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'CNAME';
}

export interface DnsState {
  /** Sorted; empty where the name has no such record. */
  readonly values: readonly string[];
  readonly ttlSeconds: number;
  /** 0 where there is no TXT of ours yet. */
  readonly generation: number;
}

export interface SwapRequest {
  readonly from: DnsState;
  readonly value: string;
  readonly ttlSeconds: number;
  /** Higher than `from.generation`. */
  readonly generation: number;
  readonly signal: AbortSignal;
}

export interface NameServerAnswer {
  /** `host:port`, with what it is: authoritative or resolver. */
  readonly server: string;
  readonly kind: 'authoritative' | 'resolver';
  readonly values: readonly string[];
  /** What a resolver still keeps; of an authority its TTL. */
  readonly ttlSeconds: number;
  /** Set where it did not answer. */
  readonly error?: string;
}

export interface DnsZone {
  /** Shown to people: `db.example.test A at 127.0.0.1:5353`. */
  readonly label: string;
  readonly record: DnsRecord;
  read(signal: AbortSignal): Promise<DnsState>;
  swap(request: SwapRequest): Promise<DnsState>;
  /** What every authoritative server and every configured resolver says now. */
  answers(signal: AbortSignal): Promise<readonly NameServerAnswer[]>;
  close(): Promise<void>;
}
