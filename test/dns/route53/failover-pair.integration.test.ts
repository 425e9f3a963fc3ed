/** A name that is a PRIMARY and a SECONDARY with health checks, at two emulators by other people each. */
import {
  ChangeResourceRecordSetsCommand,
  CreateHealthCheckCommand,
  CreateHostedZoneCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DnsZone } from '../../../src/core/ports/dns.ts';
import { openDnsZone } from '../../../src/dns/index.ts';
import { rightsTo } from '../../../src/pipeline/failover/dns-rights.ts';
import { startMinistack } from '../../servers/ministack.ts';
import { startMoto } from '../../servers/moto.ts';
import type { S3Server } from '../../servers/versitygw.ts';
import { inTime, swapTo } from '../conformance.ts';

const [a, b] = ['192.0.2.1', '192.0.2.2'] as const;

describe.each([
  ['ministack', () => startMinistack()],
  ['moto', () => startMoto()],
] as const)('a failover pair at %s', (_, start) => {
  let emulator: S3Server;
  let client: Route53Client;
  let HostedZoneId: string;
  const checks: string[] = [];
  const zones: DnsZone[] = [];
  beforeAll(async () => {
    emulator = await start();
    const { endpoint, credentials } = emulator;
    client = new Route53Client({ endpoint, region: 'us-east-1', credentials });
    const made = await client.send(
      new CreateHostedZoneCommand({ Name: 'example.test', CallerReference: 'tests' }),
    );
    HostedZoneId = made.HostedZone?.Id?.replace('/hostedzone/', '') ?? '';
    for (const IPAddress of [a, b]) {
      const HealthCheckConfig = { IPAddress, Port: 5432, Type: 'TCP' as const };
      const { HealthCheck } = await client.send(
        new CreateHealthCheckCommand({ CallerReference: IPAddress, HealthCheckConfig }),
      );
      checks.push(HealthCheck?.Id ?? '');
    }
  });
  beforeEach(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  });
  afterAll(async () => {
    await Promise.all(zones.map((zone) => zone.close()));
    client?.destroy();
    await emulator?.stop();
  });

  const setOf = (name: string, Failover: 'PRIMARY' | 'SECONDARY', node: 'a' | 'b') => ({
    ...{ Name: `${name}.example.test.`, Type: 'A' as const, SetIdentifier: node, Failover, TTL: 5 },
    HealthCheckId: checks[node === 'a' ? 0 : 1] ?? '',
    ResourceRecords: [{ Value: node === 'a' ? a : b }],
  });
  const put = (...sets: ResourceRecordSet[]) => {
    const Changes = sets.map((set) => ({ Action: 'UPSERT' as const, ResourceRecordSet: set }));
    const ChangeBatch = { Changes };
    return client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
  };
  const setsOf = async (name: string) => {
    const found = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId }));
    return (found.ResourceRecordSets ?? [])
      .filter((set) => set.Name === `${name}.example.test.`)
      .toSorted((one, other) => String(one.SetIdentifier).localeCompare(other.SetIdentifier ?? ''));
  };
  const open = (name: string): DnsZone => {
    const zone = openDnsZone(
      {
        ...{ provider: 'route53', zoneId: HostedZoneId, endpoint: emulator.endpoint },
        ...{ resolvers: [], zone: 'example.test', name, type: 'A', ttl: 5, values: { a, b } },
      },
      { secret: async () => '', pollMs: 20 },
    );
    zones.push(zone);
    return zone;
  };

  it('changes places in one batch: each keeps its value, its identifier and its health check', async () => {
    await put(setOf('db', 'PRIMARY', 'a'), setOf('db', 'SECONDARY', 'b'));
    const zone = open('db');
    const before = await zone.read(inTime());
    expect(before).toEqual({ values: [a], ttlSeconds: 5, generation: 0 });
    await zone.swap(swapTo(before, b, 7));
    expect(await zone.read(inTime())).toEqual({ values: [b], ttlSeconds: 5, generation: 7 });
    expect(await setsOf('db')).toEqual([
      setOf('db', 'SECONDARY', 'a'),
      setOf('db', 'PRIMARY', 'b'),
    ]);
    await zone.swap(swapTo(await zone.read(inTime()), a, 8));
    expect(await setsOf('db')).toEqual([
      setOf('db', 'PRIMARY', 'a'),
      setOf('db', 'SECONDARY', 'b'),
    ]);
    const [api] = await zone.answers(inTime());
    expect(api).toMatchObject({ kind: 'authoritative', values: [a] });
  });

  it('takes what has happened already for success, and raises the generation alone', async () => {
    await put(setOf('same', 'PRIMARY', 'a'), setOf('same', 'SECONDARY', 'b'));
    const zone = open('same');
    const before = await zone.read(inTime());
    await zone.swap(swapTo(before, a, 3));
    expect(await setsOf('same')).toEqual([
      setOf('same', 'PRIMARY', 'a'),
      setOf('same', 'SECONDARY', 'b'),
    ]);
    expect(await zone.swap(swapTo(before, a, 3))).toMatchObject({ values: [a], generation: 3 });
  });

  it('is asked whether it may be changed, and stays as it is', async () => {
    await put(setOf('mine', 'PRIMARY', 'a'), setOf('mine', 'SECONDARY', 'b'));
    expect(await rightsTo(open('mine'), inTime())).toBe('granted');
    expect(await open('mine').read(inTime())).toMatchObject({ values: [a], generation: 0 });
  });

  it('that somebody else turned round, or that lacks the value, is left as it is', async () => {
    await put(setOf('theirs', 'PRIMARY', 'a'), setOf('theirs', 'SECONDARY', 'b'));
    const zone = open('theirs');
    const before = await zone.read(inTime());
    const other = { ...setOf('theirs', 'PRIMARY', 'a'), ResourceRecords: [{ Value: '192.0.2.9' }] };
    await put(other);
    const changed = { code: 'DNS_CHANGED' };
    await expect(zone.swap(swapTo(before, b))).rejects.toMatchObject(changed);
    await expect(zone.swap(swapTo(await zone.read(inTime()), a))).rejects.toMatchObject({
      ...changed,
      message: expect.stringContaining('192.0.2.9 first and 192.0.2.2 second'),
    });
    expect(await setsOf('theirs')).toEqual([other, setOf('theirs', 'SECONDARY', 'b')]);
  });

  it('of which one half is there is refused', async () => {
    await put(setOf('half', 'PRIMARY', 'a'));
    await expect(open('half').read(inTime())).rejects.toMatchObject({ code: 'DNS_REFUSED' });
  });
});
