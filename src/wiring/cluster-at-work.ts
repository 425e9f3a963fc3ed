/** Joins a cluster of the configuration with its engine, the ways to its machines, and its names. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { splitControl } from '../core/config/cluster.ts';
import { UsageError } from '../core/errors.ts';
import { allowedWords } from '../core/nearest.ts';
import type { ClusterNode } from '../core/ports/failover-engine.ts';
import type { ObjectStore } from '../core/ports/store.ts';
import { failoverEngines } from '../engines/failover.ts';
import type { ClusterAtWork, NameAtWork } from '../pipeline/failover/at-work.ts';
import { newestClaim } from '../pipeline/failover/claim.ts';
import { notify } from '../pipeline/notify/index.ts';
import { type LeaseHost, localLeaseHost } from '../pipeline/vault/lease-owner.ts';
import { deployedExecution, executionHost, hostLookingAt, isDeployed } from './execution-host.ts';
import { openNotifier } from './notifier.ts';
import type { Site } from './site.ts';

const commandSeconds = 300;
const httpSeconds = 3;

export interface OpenClusterOptions {
  readonly signal: AbortSignal;
  /** The name of the run that the step belongs to. */
  readonly execution?: string | undefined;
}

/** Throws UsageError `CLUSTER_UNKNOWN`. Its names' sockets are closed by `closeCluster`. */
export async function openCluster(
  site: Site,
  name: string,
  { signal, execution }: OpenClusterOptions,
): Promise<ClusterAtWork> {
  const { clusters } = site.config;
  const config = Object.hasOwn(clusters, name) ? clusters[name] : undefined;
  const engine = await failoverEngines[config?.engine ?? '']?.();
  if (config === undefined || engine === undefined) throw unknown(name, Object.keys(clusters));
  const place = await failoverPlace(site);
  const { resolve: secret } = site.secrets;
  return {
    ...{ name, config, engine, signal, now: site.now },
    nodes: new Map(await Promise.all(nodesOf(site, config.nodes))),
    application: await secret(config.application),
    names: await openNames(site, config.dns),
    ...place,
    host: await hostOf(place.leaseStore, { name, execution }),
    command: (argv) => runCommand(argv, signal),
    workload: async (workload) => {
      const { openWorkload } = await import('../workloads/index.ts');
      return openWorkload(workload);
    },
    invalidate: async (what, reference) => {
      const { invalidate } = await import('../caches/cloudfront.ts');
      return invalidate(what, { reference, signal });
    },
    webhook: (url, body) => post(url, body, signal),
    httpStatus: (url) => statusOf(url, signal),
    approvalLink: async (asked) => {
      const { approvalLink } = await import('./approval-links.ts');
      return approvalLink(site, name, asked);
    },
    tell: async (changes) => {
      const notifier = await openNotifier(site, signal, executionArn(execution));
      await notify(changes, notifier);
    },
  };
}

/** Where records, reports and claims lie. They need no key, and no backup that made the vault before. */
export async function failoverPlace({ vaults }: Pick<Site, 'vaults'>) {
  const store = await vaults.store('primary');
  return { store, leaseStore: (await vaults.leases?.()) ?? store };
}

const executionArn = (execution: string | undefined): string | undefined =>
  execution === undefined ? undefined : deployedExecution(execution);

async function hostOf(
  leaseStore: ObjectStore,
  { name, execution }: { readonly name: string; readonly execution: string | undefined },
): Promise<LeaseHost> {
  if (!isDeployed()) return localLeaseHost();
  const newest = await newestClaim(leaseStore, name);
  if (newest === undefined || newest.ended !== null || newest.execution === execution) {
    return executionHost;
  }
  return hostLookingAt(newest.execution);
}

export const closeCluster = async ({ names }: Pick<ClusterAtWork, 'names'>): Promise<void> => {
  await Promise.allSettled(names.map(({ zone }) => zone.close()));
};

type Clusters = Site['config']['clusters'];
type ClusterOf = Clusters[string];

function nodesOf({ secrets }: Site, nodes: ClusterOf['nodes']) {
  return Object.entries(nodes).map(async ([name, node]): Promise<[string, ClusterNode]> => {
    const { openControl } = await import('../control/index.ts');
    const { machine, managed } = splitControl(node);
    const control = machine && openControl(machine);
    return [name, { name, url: await secrets.resolve(node.connection), control, managed }];
  });
}

async function openNames({ secrets }: Site, dns: ClusterOf['dns']): Promise<NameAtWork[]> {
  if (dns.length === 0) return [];
  const { openDnsZone } = await import('../dns/index.ts');
  const { recordValue } = await import('../dns/dns-name.ts');
  return Promise.all(
    dns.map(async (record) => ({
      zone: await openDnsZone(record, { secret: secrets.resolve }),
      values: Object.fromEntries(
        Object.entries(record.values).map(([node, value]) => [
          node,
          recordValue(record.type, value),
        ]),
      ),
      ttlSeconds: record.ttl,
    })),
  );
}

async function runCommand(argv: readonly string[], signal: AbortSignal): Promise<void> {
  const [program = '', ...args] = argv;
  await promisify(execFile)(program, args, { signal, timeout: commandSeconds * 1000 });
}

async function post(url: string, body: object, signal: AbortSignal): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.any([signal, AbortSignal.timeout(httpSeconds * 1000)]),
  });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
}

async function statusOf(url: string, signal: AbortSignal): Promise<number> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(httpSeconds * 1000)]);
  return fetch(url, { signal: limit, redirect: 'manual' }).then(
    async (answer) => {
      await answer.body?.cancel();
      return answer.status;
    },
    () => 0,
  );
}

const unknown = (name: string, known: readonly string[]): UsageError =>
  new UsageError(`There is no cluster "${name}"${allowedWords(name, known)}`, {
    code: 'CLUSTER_UNKNOWN',
    hint: 'Clusters are the keys under `clusters:`.',
  });
