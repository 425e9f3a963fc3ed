import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DnsConfig } from '../../../src/core/config/cluster.ts';
import { openDnsZone } from '../../../src/dns/index.ts';
import { startBind } from '../../servers/bind.ts';
import { type HttpReceiver, startHttpReceiver } from '../../servers/http-receiver.ts';
import { startMinistack } from '../../servers/ministack.ts';
import { describeDnsZone, inTime, swapTo } from '../conformance.ts';

const zoneName = 'example.test';

const configOf = (endpoint: string, zoneId: string, name: string): DnsConfig => ({
  provider: 'route53',
  zoneId,
  region: 'us-east-1',
  endpoint,
  resolvers: [],
  zone: zoneName,
  name,
  type: 'A',
  ttl: 5,
  values: {},
});

const credentials = () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
};

async function fixture() {
  const { endpoint, stop, credentials } = await startMinistack();
  const client = new Route53Client({ endpoint, region: 'us-east-1', credentials });
  const made = await client.send(
    new CreateHostedZoneCommand({ Name: zoneName, CallerReference: 'tests' }),
  );
  const HostedZoneId = made.HostedZone?.Id?.replace('/hostedzone/', '') ?? '';
  return {
    config: (name: string, type: DnsConfig['type'] = 'A') => ({
      ...configOf(endpoint, HostedZoneId, name),
      type,
    }),
    secret: () => Promise.reject(new Error('no secret is needed')),
    async put(name: string, values: readonly string[], policy: Partial<ResourceRecordSet> = {}) {
      const ResourceRecordSet = {
        Name: `${name}.${zoneName}.`,
        Type: 'A' as const,
        TTL: 5,
        ResourceRecords: values.map((Value) => ({ Value })),
        ...policy,
      };
      const Changes = [{ Action: 'UPSERT' as const, ResourceRecordSet }];
      const ChangeBatch = { Changes };
      await client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
    },
    async stop() {
      client.destroy();
      await stop();
    },
  };
}

beforeEach(credentials);

describeDnsZone('a hosted zone of Route 53', fixture);

describe('Route 53 as it fails', () => {
  const receivers: HttpReceiver[] = [];
  afterEach(async () => {
    await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
  });

  const refuse = (code: string) =>
    `<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>${code}</Code><Message>seen at Route 53</Message></Error><RequestId>b25f48e8</RequestId></ErrorResponse>`;

  it.each([
    ['Throttling', 400, 'DNS_THROTTLED', true],
    ['PriorRequestNotComplete', 400, 'DNS_THROTTLED', true],
    ['AccessDenied', 403, 'DNS_DENIED', false],
    ['NoSuchHostedZone', 404, 'DNS_REFUSED', false],
    ['InternalFailure', 500, 'DNS_UNREACHABLE', true],
  ])('is told apart: %s', async (code, status, expected, retryable) => {
    const headers = { 'content-type': 'text/xml' };
    const receiver = await startHttpReceiver(() => ({ status, headers, body: refuse(code) }));
    receivers.push(receiver);
    const zone = openDnsZone(configOf(receiver.url, 'Z1', 'db'), { secret: async () => '' });
    await expect(zone.read(inTime())).rejects.toMatchObject({ code: expected, retryable });
    await zone.close();
  });

  it('waits until every server of Route 53 has the change', async () => {
    const info = (status: string) =>
      `<ChangeInfo><Id>/change/C1</Id><Status>${status}</Status><SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt></ChangeInfo>`;
    let asked = 0;
    const receiver = await startHttpReceiver(({ path }) => {
      const headers = { 'content-type': 'text/xml' };
      if (!path.includes('/change/')) {
        const body = `<ChangeResourceRecordSetsResponse>${info('PENDING')}</ChangeResourceRecordSetsResponse>`;
        return { status: 200, headers, body };
      }
      asked += 1;
      const body = `<GetChangeResponse>${info(asked < 3 ? 'PENDING' : 'INSYNC')}</GetChangeResponse>`;
      return { status: 200, headers, body };
    });
    receivers.push(receiver);
    const dependencies = { secret: async () => '', pollMs: 10 };
    const zone = openDnsZone(configOf(receiver.url, 'Z1', 'db'), dependencies);
    const from = { values: ['192.0.2.1'], ttlSeconds: 5, generation: 1 };
    expect(await zone.swap(swapTo(from, '192.0.2.2'))).toMatchObject({ generation: 2 });
    expect(asked).toBe(3);
    await zone.close();
  });

  it('says what its API and a resolver say, and leaves out servers that cannot be reached', async () => {
    const bind = await startBind(['db IN A 192.0.2.1']);
    const { config, put, stop } = await fixture();
    await put('db', ['192.0.2.2']);
    const zone = openDnsZone(
      { ...config('db'), resolvers: [bind.server] },
      { secret: async () => '' },
    );
    const [api, ...others] = await zone.answers(inTime());
    expect(api).toMatchObject({ kind: 'authoritative', values: ['192.0.2.2'], ttlSeconds: 5 });
    expect(others).toEqual([
      { server: bind.server, kind: 'resolver', values: ['192.0.2.1'], ttlSeconds: 5 },
    ]);
    await Promise.all([zone.close(), stop(), bind.stop()]);
  });

  it('does not touch a record with a routing policy', async () => {
    const { config, put, stop } = await fixture();
    await put('weighted', ['192.0.2.1'], { SetIdentifier: 'blue', Weight: 1 });
    const zone = openDnsZone(config('weighted'), { secret: async () => '' });
    await expect(zone.read(inTime())).rejects.toMatchObject({ code: 'DNS_REFUSED' });
    await Promise.all([zone.close(), stop()]);
  });

  it('cannot be reached, which can be tried again', async () => {
    const zone = openDnsZone(configOf('http://127.0.0.1:1', 'Z1', 'db'), {
      secret: async () => '',
    });
    await expect(zone.read(inTime())).rejects.toMatchObject({
      code: 'DNS_UNREACHABLE',
      retryable: true,
    });
  });
});
