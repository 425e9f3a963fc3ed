/** What would end a failover half way, found before it begins. */
import type { ClusterNode, NodePair } from '../../../core/ports/failover-engine.ts';
import { filesOf, readControlData } from './files.ts';
import { withNode } from './node-session.ts';

interface Facts {
  readonly major: number;
  readonly promotes: boolean;
  readonly rewinds: boolean;
}

const sql = `
  select current_setting('server_version_num')::int / 10000 as major,
    has_function_privilege('pg_promote(boolean, integer)', 'execute') as promotes,
    current_setting('wal_log_hints') = 'on' or current_setting('data_checksums') = 'on' as rewinds`;

export async function preflight(
  { source, target }: NodePair,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [old, fresh] = await Promise.all([facts(source, signal), facts(target, signal)]);
  const problems: (string | false)[] = [
    fresh !== undefined &&
      !fresh.promotes &&
      `${target.name}: its administrator may not call pg_promote`,
    old !== undefined &&
      fresh !== undefined &&
      old.major !== fresh.major &&
      `${source.name} has version ${old.major}, ${target.name} has ${fresh.major}`,
    ...(await wayTo(source, signal)),
  ];
  return problems.filter((each) => each !== false);
}

async function facts({ url }: ClusterNode, signal: AbortSignal): Promise<Facts | undefined> {
  try {
    const [row] = await withNode({ url, seconds: 2, signal }, ({ query }) =>
      query<Facts & object>(sql),
    );
    return row;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
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
