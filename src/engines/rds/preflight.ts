/** What would end a failover half way, found before it begins: what RDS says, what it may be told, what SQL allows. */
import { lookup } from 'node:dns/promises';
import type { ClusterNode, NodePair } from '../../core/ports/failover-engine.ts';
import { parseConnection } from '../postgres/connection.ts';
import { withNode } from '../postgres/failover/node-session.ts';
import { describe, follows, type Instance } from './instance.ts';
import { missingPermissions } from './permissions.ts';

export async function preflight(
  { source, target }: NodePair,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await Promise.all([
    ...[source, target].map((node) => sqlProblems(node, signal)),
    serviceProblems({ source, target }, signal),
  ]);
  return found.flat();
}

async function serviceProblems({ source, target }: NodePair, signal: AbortSignal) {
  const [old, fresh] = await Promise.all([seen(source, signal), seen(target, signal)]);
  return [
    ...(await instanceProblems(source, old, signal)),
    ...(await instanceProblems(target, fresh, signal)),
    ...(typeof old === 'string'
      ? []
      : await missingPermissions(source, old, { side: 'source', signal })),
    ...(typeof fresh === 'string'
      ? []
      : await missingPermissions(target, fresh, { side: 'target', signal })),
    ...(typeof old === 'string' || typeof fresh === 'string'
      ? []
      : pairProblems(target, fresh, old)),
  ];
}

/** Or why it could not be looked at. */
async function seen(node: ClusterNode, signal: AbortSignal): Promise<Instance | string> {
  try {
    return await describe(node, { signal });
  } catch (error) {
    signal.throwIfAborted();
    return `${node.name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function instanceProblems(
  node: ClusterNode,
  instance: Instance | string,
  signal: AbortSignal,
): Promise<string[]> {
  if (typeof instance === 'string') return [instance];
  const { isolationProblems } = await import('./security-groups.ts');
  const { status, id } = instance;
  return [
    ...(status === 'available' ? [] : [`${node.name}: RDS says that ${id} is ${status}`]),
    ...(await elsewhere(node, instance)),
    ...(await isolationProblems(node, instance, signal)),
  ];
}

/** The one that is fenced by RDS has to be the one that SQL was asked of. */
async function elsewhere({ name, url }: ClusterNode, { id, address }: Instance): Promise<string[]> {
  if (address === null) return [`${name}: RDS knows no endpoint of ${id} yet`];
  const { host } = parseConnection(url);
  if (host === address) return [];
  const [ours, theirs] = await Promise.all([addressesOf(host), addressesOf(address)]);
  if (ours.some((each) => theirs.includes(each))) return [];
  return [`${name}: \`connection\` leads to ${host}, and the endpoint of ${id} is ${address}`];
}

const addressesOf = (host: string): Promise<string[]> =>
  lookup(host, { all: true }).then(
    (found) => found.map(({ address }) => address),
    () => [],
  );

function pairProblems({ name }: ClusterNode, fresh: Instance, old: Instance): string[] {
  const { replication } = fresh;
  return [
    ...(follows(fresh, old)
      ? []
      : [`${name} is a replica of ${fresh.source ?? 'nobody'}, not of ${old.id}`]),
    ...(old.source === null ? [] : [`${old.id} is itself a replica, of ${old.source}`]),
    ...(replication?.normal === true
      ? []
      : [`${name}: RDS says of its replication: ${replication?.status ?? 'nothing'}`]),
  ];
}

interface Facts {
  readonly signals: boolean;
  readonly monitors: boolean;
  readonly makes: boolean;
  readonly paused: boolean;
}

/** The administrator of an RDS instance is no superuser; `rds_superuser` has these. */
const sql = `
  select pg_has_role('pg_signal_backend', 'member') as signals,
    pg_has_role('pg_monitor', 'member') as monitors,
    case when to_regnamespace('holdfast') is null
         then has_database_privilege(current_database(), 'create')
         else has_schema_privilege('holdfast', 'usage') end as makes,
    case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end as paused`;

async function sqlProblems({ name, url }: ClusterNode, signal: AbortSignal): Promise<string[]> {
  try {
    const [row] = await withNode({ url, seconds: 2, signal }, ({ query }) =>
      query<Facts & object>(sql),
    );
    return row === undefined ? [`${name} does not answer`] : lacking(name, row);
  } catch (error) {
    signal.throwIfAborted();
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

const lacking = (name: string, { signals, monitors, makes, paused }: Facts): string[] => [
  ...(signals ? [] : [`${name}: its administrator may not end sessions (pg_signal_backend)`]),
  ...(monitors ? [] : [`${name}: its administrator may not see sessions (pg_monitor)`]),
  ...(makes ? [] : [`${name}: its administrator may not make or use the schema holdfast`]),
  ...(paused ? [`${name} has its replay paused`] : []),
];
