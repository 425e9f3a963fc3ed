/** Proves what a cluster's configuration says: nodes, the application's way, names, people, smoke checks. */
import { type WorkloadConfig, workloadName, workloadsOf } from '../../core/config/around.ts';
import { reportError } from '../../core/errors.ts';
import type { ClusterNode } from '../../core/ports/failover-engine.ts';
import type { ProbeFinding } from '../../core/ports/store.ts';
import { type CheckLine, look } from '../check.ts';
import type { ClusterAtWork, NameAtWork } from './at-work.ts';
import { rightsTo } from './dns-rights.ts';
import { readiness } from './prepare.ts';

const answerSeconds = 5;

interface CheckOptions {
  /** Whether an alert route tells somebody of a run that waits for an approval. */
  readonly toldOf: boolean;
  /** Where the source that backs the cluster up connects to; absent: it names none. A secret. */
  readonly sourceUrl?: string | undefined;
}

/** Changes nothing. */
export async function checkCluster(
  cluster: ClusterAtWork,
  { toldOf, sourceUrl }: CheckOptions,
): Promise<CheckLine[]> {
  const place = { area: 'cluster', name: cluster.name } as const;
  const looks = [
    ...[...cluster.nodes.values()].map((node) => () => nodeFindings(cluster, node)),
    () => applicationFindings(cluster),
    ...cluster.names.map((name) => () => nameFindings(cluster, name)),
    ...workloadsOf(cluster.config).map((each) => () => workloadFindings(cluster, each)),
    async () => approvalFindings(cluster, toldOf),
    async () => sourceFindings(cluster, sourceUrl),
    () => smokeFindings(cluster),
    () => readinessFindings(cluster),
  ];
  return (await Promise.all(looks.map((findings) => look(place, findings)))).flat();
}

async function nodeFindings(
  { engine, signal }: ClusterAtWork,
  node: ClusterNode,
): Promise<ProbeFinding[]> {
  const subject = `node ${node.name}`;
  const seen = await engine.observe(node, answerSeconds, signal);
  if (!seen.reachable) {
    const fix = 'start it, or correct its `connection`';
    return [{ subject, level: 'error', detail: seen.seen, fix }];
  }
  const { role, version, timeline } = seen.state;
  return [{ subject, level: 'ok', detail: `${role}, ${version}, timeline ${timeline}` }];
}

/** With the application's credentials, at every node: after a failover it goes to another. */
async function applicationFindings(cluster: ClusterAtWork): Promise<ProbeFinding[]> {
  const { engine, application, signal, nodes } = cluster;
  const probes = [...nodes.values()].map(async (node) => {
    const { accepted } = await engine.probeWrite(application, node, signal);
    return accepted ? [node.name] : [];
  });
  const subject = 'application';
  const writable = (await Promise.all(probes)).flat();
  if (writable.length === 1) {
    return [{ subject, level: 'ok', detail: `it writes at ${writable[0]}, and nowhere else` }];
  }
  const [detail, fix] =
    writable.length === 0
      ? ['it can write at no node', 'correct `application`, or the rights of its user']
      : [`it can write at ${writable.join(' and ')}`, 'two primaries: stop one at once'];
  return [{ subject, level: 'error', detail, fix }];
}

async function nameFindings(
  { signal }: ClusterAtWork,
  { zone }: NameAtWork,
): Promise<ProbeFinding[]> {
  const subject = `name ${zone.label}`;
  const { values, ttlSeconds } = await zone.read(signal);
  const says = `${values.join(', ') || 'nothing'}, TTL ${ttlSeconds} s`;
  if ((await rightsTo(zone, signal)) === 'granted') {
    return [{ subject, level: 'ok', detail: `${says}; a change is not refused` }];
  }
  const fix = 'let the key or role of `dns` update this zone';
  return [{ subject, level: 'error', detail: `${says}; a change would be refused`, fix }];
}

/** Described as a run describes it; whether it may be scaled is not known before it is. */
async function workloadFindings(
  { workload, signal }: ClusterAtWork,
  config: WorkloadConfig,
): Promise<ProbeFinding[]> {
  const subject = workloadName(config);
  try {
    const { desired, running } = await (await workload(config)).read(signal);
    return [{ subject, level: 'ok', detail: `${desired} wanted, ${running} running` }];
  } catch (error) {
    const { message, hint } = reportError(error);
    const fix = hint === undefined ? {} : { fix: hint };
    return [{ subject, level: 'error', detail: message, ...fix }];
  }
}

function approvalFindings({ config }: ClusterAtWork, toldOf: boolean): ProbeFinding[] {
  const subject = 'approval';
  const { required, timeout } = config.approval;
  if (!required) return [{ subject, level: 'ok', detail: 'none is asked for' }];
  if (toldOf) return [{ subject, level: 'ok', detail: `somebody is told, and has ${timeout}` }];
  const fix = 'route failover.awaiting-approval to a channel under `alerts.routes`';
  return [{ subject, level: 'warning', detail: 'nobody is told when a run waits for one', fix }];
}

/** By the address of a node, it is the replica that is backed up after a failover: behind, and perhaps broken. */
function sourceFindings({ nodes, config }: ClusterAtWork, url: string | undefined): ProbeFinding[] {
  if (url === undefined || config.dns.length === 0) return [];
  const subject = `source ${config.source}`;
  const node = [...nodes.values()].find((each) => hostOf(each.url) === hostOf(url));
  if (node === undefined) {
    return [{ subject, level: 'ok', detail: 'connects to no node by its own address' }];
  }
  const detail = `connects to ${node.name} by its own address, also when that is no primary any more`;
  const fix = 'let its `connection` use the name in DNS';
  return [{ subject, level: 'warning', detail, fix }];
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

async function smokeFindings({ config, httpStatus }: ClusterAtWork): Promise<ProbeFinding[]> {
  const urls = config.smoke.flatMap((each) => ('http' in each ? [each.http] : []));
  return Promise.all(
    urls.map(async (url): Promise<ProbeFinding> => {
      const status = await httpStatus(url);
      const detail = status === 0 ? 'does not answer' : `answers ${status}`;
      const isGood = status >= 200 && status < 300;
      const subject = `smoke ${url}`;
      if (isGood) return { subject, level: 'ok', detail };
      return { subject, level: 'error', detail, fix: 'a failover would end exposed: mend it' };
    }),
  );
}

/** What a planned failover would be refused for; what is merely worth a word stays in `failover check`. */
async function readinessFindings(cluster: ClusterAtWork): Promise<ProbeFinding[]> {
  const subject = 'readiness';
  const { ready, from, to, findings } = await readiness(cluster);
  if (ready) return [{ subject, level: 'ok', detail: `${from} → ${to} would begin` }];
  const fix = `holdfast failover check ${cluster.name}`;
  return [{ subject, level: 'error', detail: findings.join('; ') || 'not ready', fix }];
}
