/** Two nodes and a name in memory, that can be told to fail: what a plug-in and DNS promise, without servers. */
import type { AlertChange } from '../../../src/core/alerts/index.ts';
import { workloadName } from '../../../src/core/config/around.ts';
import type { ClusterConfig } from '../../../src/core/config/cluster.ts';
import { DnsError, FailoverError } from '../../../src/core/errors.ts';
import type { DnsState, DnsZone } from '../../../src/core/ports/dns.ts';
import type { FailoverEngine, NodeState } from '../../../src/core/ports/failover-engine.ts';
import type { Workload } from '../../../src/core/ports/workload.ts';
import type { ClusterAtWork } from '../../../src/pipeline/failover/at-work.ts';
import { localLeaseHost } from '../../../src/pipeline/vault/lease-owner.ts';
import { openMemoryStore } from '../../../src/storage/memory/index.ts';
import {
  clusterConfig,
  distanceBytes,
  primaryState,
  replicaState,
} from '../../core/failover/example.ts';

/** What goes wrong, by its name. */
export type Fault =
  | 'fence fails'
  | 'fence is bypassed'
  | 'fence does not last'
  | 'catch-up is short'
  | 'promotion is lost'
  | 'promotion answers late'
  | 'disk is full'
  | 'name is rewritten'
  | 'resolver is old'
  | 'rebuild does not stream'
  | 'activation fails'
  | 'services are dark'
  | 'services do not come up'
  | 'services stay down';

export interface Simulated {
  readonly cluster: ClusterAtWork;
  readonly faults: Set<Fault>;
  /** What was done, in order. */
  readonly done: string[];
  readonly told: AlertChange[];
  /** Who accepts writes. */
  writers(): string[];
  name(): string;
  /** Changes what a node says, before or during a run. */
  set(node: string, state: Partial<NodeState> | 'silent'): void;
  advance(seconds: number): void;
}

interface SimNode {
  state: NodeState;
  silent: boolean;
  fenced: boolean;
}

export function simulateCluster(changes: object = {}): Simulated {
  const faults = new Set<Fault>();
  const done: string[] = [];
  const told: AlertChange[] = [];
  let skew = 0;
  const nodes = new Map<string, SimNode>([
    ['a', { state: primaryState(), silent: false, fenced: false }],
    ['b', { state: replicaState(), silent: false, fenced: false }],
  ]);
  const now = () => new Date(Date.now() + skew * 1000);
  const writes = ({ state, silent, fenced }: SimNode) =>
    state.role === 'primary' && !silent && !fenced;
  const config: ClusterConfig = clusterConfig({
    approval: { required: true, timeout: '30s' },
    activate: [{ command: ['tell'] }],
    smoke: [{ sql: 'select 1' }],
    ...changes,
  });
  const zone = simulateZone(faults, done);
  const cluster: ClusterAtWork = {
    name: 'orders',
    config,
    engine: simulateEngine({ nodes, faults, done, writes }),
    nodes: new Map(['a', 'b'].map((name) => [name, { name, url: '', control: undefined }])),
    application: '',
    names: [{ zone, values: { a: '127.0.0.2', b: '127.0.0.3' }, ttlSeconds: 1 }],
    store: openMemoryStore(),
    leaseStore: openMemoryStore(),
    host: localLeaseHost(),
    now,
    signal: new AbortController().signal,
    command: async ([program]) => {
      if (faults.has('activation fails')) throw new Error(`${program} ended with 1`);
      done.push(`command ${program}`);
    },
    workload: async (config) => simulateWorkload(workloadName(config), { done, faults }),
    invalidate: async (_, reference) => {
      done.push(`invalidate ${reference}`);
      return 'I1';
    },
    webhook: async () => undefined,
    httpStatus: async () => 200,
    approvalLink: async () => undefined,
    tell: async (news) => {
      told.push(...news);
    },
  };
  return {
    ...{ cluster, faults, done, told },
    writers: () => [...nodes].flatMap(([name, node]) => (writes(node) ? [name] : [])),
    name: () => zone.value(),
    set: (name, state) => {
      const node = nodes.get(name);
      if (node === undefined) throw new Error(`no node ${name}`);
      if (state === 'silent') node.silent = true;
      else node.state = { ...node.state, ...state };
    },
    advance: (seconds) => {
      skew += seconds;
    },
  };
}

/** As many as are asked for, at once; told apart by name. */
function simulateWorkload(
  label: string,
  { done, faults }: { readonly done: string[]; readonly faults: ReadonlySet<Fault> },
): Workload {
  const said = () => done.findLast((line) => line.startsWith(`${label} → `))?.split(' → ')[1];
  const look = () => {
    if (faults.has('services are dark')) throw dark(label);
    return Number(said() ?? 3);
  };
  return {
    label,
    read: async () => {
      const desired = look();
      return { desired, running: faults.has('services do not come up') ? 0 : desired };
    },
    scale: async (wanted) => {
      const now = look();
      if (wanted > now && faults.has('services stay down')) throw dark(label);
      done.push(`${label} → ${wanted}`);
    },
  };
}

const dark = (label: string): FailoverError =>
  new FailoverError(`${label}: no answer`, { code: 'SCALE_FAILED' });

function simulateZone(faults: Set<Fault>, done: string[]): DnsZone & { value(): string } {
  let state: DnsState = { values: ['127.0.0.2'], ttlSeconds: 1, generation: 0 };
  return {
    label: 'db.example.test',
    record: { zone: 'example.test', name: 'db', type: 'A' },
    value: () => state.values.join(),
    read: async () =>
      faults.has('name is rewritten') && done.some((line) => line.startsWith('promote'))
        ? { ...state, values: ['127.0.0.9'] }
        : state,
    swap: async ({ from, value, ttlSeconds, generation }) => {
      if (from.generation !== state.generation)
        throw new DnsError('changed', { code: 'DNS_CHANGED' });
      state = { values: [value], ttlSeconds, generation };
      done.push(`name ${value}`);
      return state;
    },
    answers: async () => [
      {
        server: '127.0.0.1:53',
        kind: 'authoritative',
        values: faults.has('resolver is old') ? ['127.0.0.2'] : state.values,
        ttlSeconds: 1,
      },
    ],
    close: async () => undefined,
  };
}

interface Parts {
  readonly nodes: Map<string, SimNode>;
  readonly faults: Set<Fault>;
  readonly done: string[];
  readonly writes: (node: SimNode) => boolean;
}

function simulateEngine({ nodes, faults, done, writes }: Parts): FailoverEngine {
  const at = (name: string): SimNode => {
    const node = nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  };
  return {
    name: 'simulated',
    distanceBytes,
    observe: async ({ name }) => {
      const { state, silent, fenced } = at(name);
      const reachable = !silent && !fenced;
      return reachable
        ? { node: name, reachable, state }
        : { node: name, reachable, seen: 'connection refused' };
    },
    preflight: async () => [],
    probeWrite: async (_, { name }) => {
      const accepted = writes(at(name)) || (at(name).fenced && faults.has('fence is bypassed'));
      return { accepted, seen: accepted ? 'xid 7' : 'connection refused' };
    },
    ask: async () => undefined,
    fence: async ({ name }) => {
      done.push(`fence ${name}`);
      if (faults.has('fence fails'))
        throw new FailoverError('stop failed', { code: 'FENCE_FAILED' });
      at(name).fenced = true;
      const lasts = !faults.has('fence does not last');
      return { actions: ['stopped'], stopPosition: at(name).state.position, lasts };
    },
    unfence: async ({ name }) => {
      done.push(`unfence ${name}`);
      at(name).fenced = false;
      faults.delete('fence is bypassed');
      return ['started'];
    },
    catchUp: async ({ name }) => {
      const { received, position } = at(name).state;
      return {
        received: received ?? '',
        replayed: position,
        complete: !faults.has('catch-up is short'),
      };
    },
    promote: async ({ name }) => {
      const node = at(name);
      const already = node.state.role === 'primary';
      if (faults.has('promotion is lost'))
        throw new FailoverError('no answer', { code: 'PROMOTE_FAILED' });
      done.push(already ? `found ${name} promoted` : `promote ${name}`);
      node.state = { ...node.state, role: 'primary', timeline: '2' };
      if (faults.delete('promotion answers late')) {
        throw new FailoverError('no answer', { code: 'PROMOTE_FAILED' });
      }
      return { timeline: '2', forkPosition: node.state.position, already };
    },
    verifyWritable: async ({ name }, { epoch }) => {
      if (faults.has('disk is full'))
        throw new FailoverError('no space left', { code: 'NOT_WRITABLE' });
      done.push(`verify ${name}`);
      return { timeline: '2', epoch, position: '0/200' };
    },
    measureLoss: async ({ source }, { forkPosition }) => {
      const bytes = Math.max(0, distanceBytes(forkPosition, at(source.name).state.position) ?? 0);
      return { method: 'simulated', bytes, transactions: bytes > 0 ? 1 : 0, lost: [] };
    },
    rebuild: async ({ source }) => {
      done.push(`rebuild ${source.name}`);
      const streaming = !faults.has('rebuild does not stream');
      const node = at(source.name);
      node.state = { ...node.state, role: 'replica', received: node.state.position, streaming };
      [node.fenced, node.silent] = [false, false];
      return { method: 'follow', streaming, position: '0/200', notes: [] };
    },
  };
}
