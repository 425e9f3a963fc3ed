/** What would end a failover half way, found before it begins. */
import type { NodePair } from '../../core/ports/failover-engine.ts';
import { type RegionalCluster, readCluster } from './api.ts';
import { changeText } from './global-database.ts';
import { type AuroraNode, auroraNode, type SeenMember, trySeeMember, wordsOf } from './member.ts';
import { mayPromote } from './permission.ts';
import { administratorFindings } from './preflight-sql.ts';

const answerSeconds = 5;

export async function preflight(
  { source, target }: NodePair,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [old, fresh] = [auroraNode(source), auroraNode(target)];
  const seen = await trySeeMember(fresh, answerSeconds, signal);
  if (typeof seen === 'string') return [`${target.name}: ${seen}`];
  const [clusters, administrator, permissions] = await Promise.all([
    clusterFindings([old, fresh], signal),
    administratorFindings(old, signal),
    seen.member === undefined ? [] : mayPromote(fresh, seen.member.arn, signal),
  ]);
  return [
    ...memberFindings(old, fresh, seen),
    ...clusters,
    ...administrator,
    ...permissions.map((each) => `${target.name}: ${each}`),
  ];
}

/** By what the global database says of itself. */
export function memberFindings(old: AuroraNode, fresh: AuroraNode, { global, member }: SeenMember) {
  const forwarding = global.members.filter(({ writeForwarding }) => writeForwarding === 'enabled');
  const problems: (string | false)[] = [
    old.aurora.globalCluster.toLowerCase() !== fresh.aurora.globalCluster.toLowerCase() &&
      `${old.name} and ${fresh.name} are of different global databases`,
    member === undefined && `${fresh.name} is no member of ${global.identifier}`,
    member?.isWriter === true && `${fresh.name} is the writer of ${global.identifier} already`,
    global.change !== undefined && `Aurora is at ${changeText(global.change)}`,
    global.status !== 'available' && `${global.identifier} is ${global.status}`,
    member?.synchronization === 'pending-resync' && `${fresh.name} waits to be synchronized`,
    ...forwarding.map(
      ({ arn }) => `${arn} forwards writes: its clients would write past the fence; turn it off`,
    ),
  ];
  return problems.filter((each) => each !== false);
}

/** A switchover needs both to be there, alike, and the new one with an instance. */
async function clusterFindings(
  nodes: readonly [AuroraNode, AuroraNode],
  signal: AbortSignal,
): Promise<string[]> {
  const read = await Promise.all(
    nodes.map(({ aurora }) =>
      readCluster(aurora, { seconds: answerSeconds, signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        return wordsOf(error);
      }),
    ),
  );
  const own = nodes.flatMap(({ name }, index) =>
    oneCluster(read[index]).map((each) => `${name}: ${each}`),
  );
  const [old, fresh] = read;
  const differ =
    typeof old === 'object' && typeof fresh === 'object' && old.version !== fresh.version;
  return differ
    ? [...own, `${nodes[0].name} has ${old.version}, ${nodes[1].name} has ${fresh.version}`]
    : own;
}

function oneCluster(read: RegionalCluster | string | undefined): string[] {
  if (read === undefined) return [];
  if (typeof read === 'string') return [read];
  const { status, engine, instances } = read;
  const problems: (string | false)[] = [
    status !== 'available' && `it is ${status}`,
    engine !== 'aurora-postgresql' && `it is ${engine}, not aurora-postgresql`,
    instances === 0 && 'it has no instance: nobody would serve',
  ];
  return problems.filter((each) => each !== false);
}
