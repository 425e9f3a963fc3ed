/** What a server says of itself, in one session. */
import type {
  ClusterNode,
  NodeObservation,
  NodeState,
} from '../../../core/ports/failover-engine.ts';
import { type NodeSession, ownName, withNode } from './node-session.ts';
import { positionText } from './position.ts';

type Facts = Readonly<Record<string, string>>;

/** Beyond the primary's pings: its socket outlives a frozen primary by `repl-timeout`, a minute. */
const graceSeconds = 5;

export async function readState(
  url: string,
  seconds: number,
  signal: AbortSignal,
): Promise<NodeState> {
  return withNode({ url, seconds, signal }, (session) => stateOf(session));
}

export async function stateOf(session: NodeSession): Promise<NodeState> {
  const [info, settings, clients] = await Promise.all([
    session.facts('INFO'),
    session.facts('CONFIG', 'GET', 'repl-ping-replica-period'),
    session.text('CLIENT', 'LIST'),
  ]);
  const period = Number(settings['repl-ping-replica-period'] ?? 10);
  return toState(info, period, clients.split('\n'));
}

function toState(info: Facts, pingSeconds: number, clients: readonly string[]): NodeState {
  const replid = info['master_replid'] ?? '';
  const others = clients.filter((line) => isOthers(line));
  return {
    ...(info['role'] === 'slave' ? asReplica(info, pingSeconds) : asPrimary(info)),
    identity: replid,
    version: info['valkey_version'] ?? info['redis_version'] ?? '',
    timeline: replid,
    replayPaused: false,
    replicas: replicasOf(info, replid),
    sessions: others.length,
    clients: whoOf(others),
    managedBy: managerOf(info, clients),
  };
}

type RoleState = Pick<
  NodeState,
  'role' | 'position' | 'received' | 'streaming' | 'heardAt' | 'upstream'
>;

function asReplica(info: Facts, pingSeconds: number): RoleState {
  const applied = positionIn(info, 'slave_repl_offset');
  return {
    role: 'replica',
    position: applied ?? '',
    // Since version 7 what was read and not applied yet is told apart.
    received: positionIn(info, 'slave_read_repl_offset') ?? applied,
    streaming: hearsPrimary(info, pingSeconds),
    heardAt: heardAt(info),
    upstream: info['master_host'] ?? null,
  };
}

const asPrimary = (info: Facts): RoleState => ({
  ...{ role: 'primary', position: positionIn(info, 'master_repl_offset') ?? '' },
  ...{ received: null, streaming: false, heardAt: null, upstream: null },
});

function positionIn(info: Facts, name: string): string | null {
  const offset = Number(info[name] ?? -1);
  return offset < 0 ? null : positionText({ replid: info['master_replid'] ?? '', offset });
}

function hearsPrimary(info: Facts, pingSeconds: number): boolean {
  const silent = Number(info['master_last_io_seconds_ago'] ?? -1);
  const up = info['master_link_status'] === 'up' && info['master_sync_in_progress'] === '0';
  return up && silent >= 0 && silent <= pingSeconds + graceSeconds;
}

/** Null where it never was connected. */
function heardAt(info: Facts): string | null {
  const up = info['master_link_status'] === 'up';
  const ago = Number(info[up ? 'master_last_io_seconds_ago' : 'master_link_down_since_seconds']);
  return ago >= 0 ? new Date(Date.now() - ago * 1000).toISOString() : null;
}

/** `slave0:ip=…,port=…,state=online,offset=…,lag=…` */
function replicasOf(info: Facts, replid: string): NodeState['replicas'] {
  return Object.entries(info).flatMap(([name, value]) => {
    if (!/^slave\d+$/.test(name)) return [];
    const fields = Object.fromEntries(value.split(',').map((field) => field.split('=', 2)));
    const offset = Number(fields['offset']);
    return [{ address: String(fields['ip']), position: positionText({ replid, offset }) }];
  });
}

const mostClients = 20;

/** `default from 10.0.0.9 × 3` */
function whoOf(lines: readonly string[]): string[] {
  const field = (line: string, name: string) => new RegExp(` ${name}=(\\S+)`).exec(line)?.[1];
  const address = (line: string) => field(line, 'addr')?.replace(/:\d+$/, '');
  const groups = Map.groupBy(lines, (line) => `${field(line, 'user')} from ${address(line)}`);
  const named = [...groups].sort((a, b) => b[1].length - a[1].length);
  return named.slice(0, mostClients).map(([who, all]) => `${who} × ${all.length}`);
}

/** Flags of a client: M and S are replication, N a plain client. */
const isOthers = (line: string): boolean =>
  line !== '' && !/ flags=[^ ]*[MS]/.test(line) && !line.includes(` name=${ownName} `);

/** A Sentinel makes a replica again of whom it did not promote itself (redis#2988). */
function managerOf(info: Facts, clients: readonly string[]): string | null {
  if (info['cluster_enabled'] === '1') return 'Redis Cluster';
  const names = clients.flatMap((line) => / name=(sentinel-[0-9a-f]+)/.exec(line)?.[1] ?? []);
  return names.length === 0 ? null : `Sentinel (${[...new Set(names)].join(', ')})`;
}

export async function observeNode(
  { name, url }: Pick<ClusterNode, 'name' | 'url'>,
  seconds: number,
  signal: AbortSignal,
): Promise<NodeObservation> {
  try {
    return { node: name, reachable: true, state: await readState(url, seconds, signal) };
  } catch (error) {
    signal.throwIfAborted();
    return { node: name, reachable: false, seen: wordsOf(error) };
  }
}

/** A refused connection to a name with several addresses has its words one level down. */
export function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
