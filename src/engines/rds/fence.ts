/**
 * Out of service and back: the instance is moved into a security group that lets nobody in, and everybody who is
 * connected is ended. Its own groups, which others may share, are not touched; they stand in a tag of the instance
 * meanwhile. It is not stopped: RDS starts a stopped instance again after seven days.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html
 */
import { FailoverError } from '../../core/errors.ts';
import type { ClusterNode, FenceReport, FenceRequest } from '../../core/ports/failover-engine.ts';
import { openNode } from '../postgres/failover/node-session.ts';
import type { Session } from '../postgres/session.ts';
import { apiOf, describe, type Instance, isIsolated, rdsOf } from './instance.ts';
import { noteOf, notes, putNote } from './notes.ts';
import { rebootToEnd } from './reboot.ts';
import { isService } from './service-failure.ts';
import { endPosition, endSessions, isShut, jobsInside } from './sessions.ts';
import { until } from './until.ts';

const changeSeconds = 90;
const answerSeconds = 5;

export async function fence(node: ClusterNode, request: FenceRequest): Promise<FenceReport> {
  const { mode, signal } = request;
  try {
    const before = await describe(node, { signal });
    const stopPosition = noteOf(before, notes.fencedAt);
    if (isIsolated(node, before) && stopPosition !== undefined) {
      return {
        actions: [`fenced already, by ${rdsOf(node).isolation}`],
        stopPosition,
        lasts: true,
      };
    }
    return await fenceNow(node, before, request);
  } catch (error) {
    // Nobody there hears an order: what is dark cannot be fenced, only be left alone.
    if (mode === 'forced' && isService(error, 'RDS_UNREACHABLE')) return leftAlone(error as Error);
    throw failed(node, error);
  }
}

const leftAlone = ({ message }: Error): FenceReport => ({
  actions: [`NOT fenced: its Region does not answer (${message}); fence it when it is back`],
  stopPosition: null,
  lasts: false,
});

async function fenceNow(
  node: ClusterNode,
  before: Instance,
  { mode, signal }: FenceRequest,
): Promise<FenceReport> {
  // Opened before: afterwards nobody gets in, and this one stays.
  const session = await openNode({ url: node.url, seconds: answerSeconds, signal }).catch(
    (error: unknown) => {
      signal.throwIfAborted();
      if (mode === 'planned') throw error;
      return undefined;
    },
  );
  try {
    await isolate(node, before, signal);
    const moved = `moved from ${before.groups.join(', ')} into ${rdsOf(node).isolation}`;
    const ended = await endAll(node, session, { mode, signal });
    return { ...ended, actions: [moved, ...ended.actions], lasts: true };
  } finally {
    await session?.close();
  }
}

/** Its groups are noted first: whoever undoes this may be another process. */
export async function isolate(
  node: ClusterNode,
  instance: Instance,
  signal: AbortSignal,
): Promise<void> {
  const { isolation } = rdsOf(node);
  if (!isIsolated(node, instance)) {
    const note = [notes.fencedFrom, instance.groups.join(' ')] as const;
    await putNote(node, instance, note, signal);
  }
  await moveInto(node, [isolation], signal);
}

/** Sent again, by who repeats the step, it changes nothing. */
export async function moveInto(
  node: ClusterNode,
  groups: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { instance } = rdsOf(node);
  const input = { DBInstanceIdentifier: instance, VpcSecurityGroupIds: [...groups] };
  await apiOf(node).order({ action: `ModifyDBInstance of ${instance}`, signal }, (rds, options) =>
    rds.modifyDBInstance({ ...input, ApplyImmediately: true }, options),
  );
  const wanted = [...groups].sort().join();
  const { done, seen } = await until(node, {
    ...{ seconds: changeSeconds, signal },
    is: (now) => now.groupsSettled && [...now.groups].sort().join() === wanted,
  });
  if (!done) throw new Error(`its security groups are not ${groups.join(', ')}: ${seen}`);
}

type Ended = Pick<FenceReport, 'actions' | 'stopPosition'>;

async function endAll(
  node: ClusterNode,
  session: Session | undefined,
  { mode, signal }: FenceRequest,
): Promise<Ended> {
  try {
    if (session === undefined) throw new Error('it takes no session');
    return await endBySession(node, session, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (mode === 'planned') throw error;
    const why = error instanceof Error ? error.message : String(error);
    return { actions: [await rebootToEnd(node, why, signal)], stopPosition: null };
  }
}

async function endBySession(
  node: ClusterNode,
  session: Session,
  signal: AbortSignal,
): Promise<Ended> {
  if (!(await isShut(node, signal))) throw new Error('it still lets new connections in');
  const jobs = await jobsInside(session);
  if (jobs > 0) throw new Error(`${jobs} jobs of pg_cron write in it; freeze them`);
  const ended = await endSessions(session, signal);
  const stopPosition = await endPosition(session);
  const instance = await describe(node, { signal });
  await putNote(node, instance, [notes.fencedAt, stopPosition], signal);
  return { actions: [`ended ${ended} sessions; nobody gets in anew`], stopPosition };
}

const failed = ({ name }: ClusterNode, cause: unknown): FailoverError =>
  new FailoverError(
    `${name} cannot be fenced: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      code: 'FENCE_FAILED',
      hint: 'Look at its security groups and `isolation` in `control` of that node.',
      cause,
    },
  );
