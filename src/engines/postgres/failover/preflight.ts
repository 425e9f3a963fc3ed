/** What would end a failover half way, found before it begins. */
import type { ClusterNode, NodePair } from '../../../core/ports/failover-engine.ts';
import { filesOf, readControlData, runAt } from './files.ts';
import { withNode } from './node-session.ts';

interface Facts {
  readonly major: number;
  readonly promotes: boolean;
  /** Reads other sessions, `pg_wal/*.history` and control data. */
  readonly reads: boolean;
  readonly paused: boolean;
}

/** A promotion copies a segment of 16 MiB and ends with a checkpoint; then the new primary has to live. */
const leastFreeMiB = 256;

const sql = `
  select current_setting('server_version_num')::int / 10000 as major,
    has_function_privilege('pg_promote(boolean, integer)', 'execute') as promotes,
    pg_has_role('pg_monitor', 'member') and
      has_function_privilege('pg_read_file(text, bigint, bigint, boolean)', 'execute') as reads,
    case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end as paused`;

/** What other programs that promote leave in the data directory, whether they run or not. */
const managersFiles = ['patroni.dynamic.json', 'postgresql-auto-failover.conf'];

export async function preflight(
  { source, target }: NodePair,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const nodes = [source, target];
  const [asked, left, way, room] = await Promise.all([
    Promise.all(nodes.map((node) => facts(node, signal))),
    Promise.all(nodes.map((node) => leftBehind(node, signal))),
    wayTo(source, signal),
    roomAt(target, signal),
  ]);
  const [old, fresh] = asked.map((each) => (typeof each === 'string' ? undefined : each));
  const others = left.flat();
  const problems: (string | false)[] = [
    ...asked.filter((each) => typeof each === 'string'),
    fresh?.promotes === false && `${target.name}: its administrator may not call pg_promote`,
    old !== undefined &&
      fresh !== undefined &&
      old.major !== fresh.major &&
      `${source.name} has version ${old.major}, ${target.name} has ${fresh.major}`,
    others.length > 0 && `another tool manages the cluster: ${[...new Set(others)].join(', ')}`,
    ...mayNotRead([
      [source, old],
      [target, fresh],
    ]),
    fresh?.paused === true && `${target.name} has its replay paused`,
    ...way,
    ...room,
  ];
  return problems.filter((each) => each !== false);
}

/** Or why they could not be read. */
async function facts({ name, url }: ClusterNode, signal: AbortSignal): Promise<Facts | string> {
  const node = { url, seconds: 2, signal };
  try {
    const [row] = await withNode(node, ({ query }) => query<Facts & object>(sql));
    return row ?? `${name} does not answer`;
  } catch (error) {
    signal.throwIfAborted();
    return `${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function leftBehind({ control }: ClusterNode, signal: AbortSignal): Promise<string[]> {
  const files = filesOf(control);
  if (files === undefined) return [];
  const [first, second] = managersFiles.map((file) => `${files.data}/${file}`);
  const { stdout } = await runAt(files, ['ls', '-d', `${first}`, `${second}`], { signal });
  return managersFiles.filter((file) => stdout.includes(file));
}

async function wayTo({ name, control }: ClusterNode, signal: AbortSignal): Promise<string[]> {
  const files = filesOf(control);
  if (files === undefined)
    return [`${name}: \`control\` with its \`data\` is needed to fence it and to read its end`];
  try {
    await readControlData(files, signal);
    return [];
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function mayNotRead(nodes: readonly (readonly [ClusterNode, Facts | undefined])[]): string[] {
  return nodes.flatMap(([{ name }, seen]) =>
    seen?.reads === false
      ? [`${name}: its administrator may not read sessions and files; make it a superuser`]
      : [],
  );
}

/** Where there is a way to its machine: without one nobody can tell. */
async function roomAt({ name, control }: ClusterNode, signal: AbortSignal): Promise<string[]> {
  const files = filesOf(control);
  if (files === undefined) return [];
  const { status, stdout } = await runAt(files, ['df', '-Pk', files.data], { signal });
  const freeKiB = Number(stdout.trim().split('\n').at(-1)?.split(/\s+/)[3]);
  if (status !== 0 || Number.isNaN(freeKiB) || freeKiB >= leastFreeMiB * 1024) return [];
  return [`${name} has ${Math.floor(freeKiB / 1024)} MiB free on disk; at least ${leastFreeMiB}`];
}
