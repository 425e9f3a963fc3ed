/** A hosted zone of Amazon Route 53. A batch of changes is all or nothing; DELETE has to name everything exactly. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Route53Client } from '@aws-sdk/client-route-53';
import type { DnsConfig } from '../../core/config/cluster.ts';
import type { DnsZone, NameServerAnswer, SwapRequest } from '../../core/ports/dns.ts';
import { compareAndSwap } from '../compare-and-swap.ts';
import { recordNames } from '../dns-name.ts';
import type { DnsDependencies } from '../dns-provider.ts';
import { answerOf, type Question } from '../name-server.ts';
import { changeBatch } from './change-batch.ts';
import { pairAfter } from './failover-pair.ts';
import { type HostedZone, readPair, readRecords } from './record-sets.ts';
import { route53Failure } from './route53-failure.ts';

export type Route53Config = Extract<DnsConfig, { provider: 'route53' }>;

export function openRoute53Zone(config: Route53Config, { pollMs }: DnsDependencies): DnsZone {
  const { type, zoneId } = config;
  const names = recordNames(config);
  const question = { names, type, ttlSeconds: config.ttl };
  const label = `${names.full} ${type} in Route 53 ${zoneId}`;
  let opened: Promise<Route53Client> | undefined;
  const hosted: HostedZone = {
    zoneId,
    names,
    type,
    async call(put) {
      opened ??= openClient(config);
      const [sdk, client] = await Promise.all([import('@aws-sdk/client-route-53'), opened]);
      return put(client, sdk);
    },
  };
  const zone: DnsZone = {
    label,
    record: { zone: config.zone, name: config.name, type },
    read: (signal) => named(label, signal, () => readRecords(hosted, signal)),
    swap: (request) =>
      compareAndSwap(request, {
        zone,
        change: (wanted) =>
          named(label, request.signal, () => change(hosted, wanted, pollMs ?? 5000)),
      }),
    answers: (signal) =>
      named(label, signal, () => answersOf(config, { hosted, question }, signal)),
    close: async () => (await opened)?.destroy(),
  };
  return zone;
}

/** Loaded at the first call: the SDK takes longer to load than most commands to run. */
async function openClient({ region, endpoint }: Route53Config): Promise<Route53Client> {
  const sdk = await import('@aws-sdk/client-route-53');
  return new sdk.Route53Client({
    region: region ?? 'us-east-1',
    ...(endpoint === undefined ? {} : { endpoint }),
  });
}

/** Ends when every server of Route 53 has it. */
async function change(hosted: HostedZone, request: SwapRequest, pollMs: number): Promise<void> {
  const { signal: abortSignal } = request;
  const before = await readPair(hosted, abortSignal);
  const place = { type: hosted.type, label: hosted.names.full };
  const pair = before && { before, after: pairAfter(before, request, place) };
  const input = { HostedZoneId: hosted.zoneId, ChangeBatch: changeBatch(hosted, request, pair) };
  let { ChangeInfo: info } = await hosted.call((client, sdk) =>
    client.send(new sdk.ChangeResourceRecordSetsCommand(input), { abortSignal }),
  );
  while (info?.Id !== undefined && info.Status !== 'INSYNC') {
    await sleep(pollMs, undefined, { signal: abortSignal });
    const { Id } = info;
    const answer = await hosted.call((client, sdk) =>
      client.send(new sdk.GetChangeCommand({ Id }), { abortSignal }),
    );
    info = answer.ChangeInfo;
  }
}

interface Asked {
  readonly hosted: HostedZone;
  readonly question: Question;
}

/**
 * The API first: it has what its servers have once a change is in sync. Of these, those that can be reached from
 * here, and that is none in many a private network.
 */
async function answersOf(
  { endpoint, resolvers }: Route53Config,
  { hosted, question }: Asked,
  signal: AbortSignal,
): Promise<readonly NameServerAnswer[]> {
  const { values, ttlSeconds } = await readRecords(hosted, signal);
  const servers = await delegationSet(hosted, signal);
  const ask = (kind: NameServerAnswer['kind']) => (server: string) =>
    answerOf({ server, kind }, question, signal);
  const [authorities, others] = await Promise.all([
    Promise.all(servers.map((host) => `${host}:53`).map(ask('authoritative'))),
    Promise.all(resolvers.map(ask('resolver'))),
  ]);
  const api = endpoint === undefined ? 'route53.amazonaws.com' : new URL(endpoint).host;
  const reached = authorities.filter(({ error }) => error === undefined);
  return [{ server: api, kind: 'authoritative', values, ttlSeconds }, ...reached, ...others];
}

/** None for a private zone. */
async function delegationSet(
  { call, zoneId }: HostedZone,
  abortSignal: AbortSignal,
): Promise<readonly string[]> {
  const { DelegationSet } = await call((client, sdk) =>
    client.send(new sdk.GetHostedZoneCommand({ Id: zoneId }), { abortSignal }),
  );
  return DelegationSet?.NameServers ?? [];
}

async function named<T>(label: string, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    signal.throwIfAborted();
    throw route53Failure(label, error);
  }
}
