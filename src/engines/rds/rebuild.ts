/**
 * The old instance is set aside under another identifier, fenced, and a new replica takes its place: endpoint, names
 * and configuration stay as they are. Nothing is ever deleted. Each step reads what is there: whoever did not wait
 * long enough starts anew, and waits on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { durationSeconds } from '../../core/config/values.ts';
import { FailoverError } from '../../core/errors.ts';
import type {
  ClusterNode,
  EngineCall,
  NodePair,
  RebuildReport,
} from '../../core/ports/failover-engine.ts';
import { hasReached } from '../postgres/failover/lsn.ts';
import { observeNode, readState } from '../postgres/failover/observe.ts';
import { createReplica } from './create-replica.ts';
import { isolate } from './fence.ts';
import { apiOf, describe, follows, type Instance, isIsolated, rdsOf } from './instance.ts';
import { notes, putNote } from './notes.ts';
import { isService } from './service-failure.ts';
import { until } from './until.ts';

const answerSeconds = 5;
const pollMilliseconds = 100;
const longestIdentifier = 63;

export async function rebuild(nodes: NodePair, call: EngineCall): Promise<RebuildReport> {
  const { source, target } = nodes;
  const { signal } = call;
  const seconds = durationSeconds(rdsOf(source).rebuildWithin);
  const giveUpAt = performance.now() + seconds * 1000;
  const left = (): number => Math.max(1, (giveUpAt - performance.now()) / 1000);
  try {
    const fresh = await describe(target, { signal });
    const there = await find(source, signal);
    const notesOf: string[] = [];
    if (there === undefined || !follows(there, fresh)) {
      const old = there && (await setAside(source, there, { call, seconds: left() }));
      if (old !== undefined) notesOf.push(`the old instance is kept as ${old.id}, fenced`);
      await createReplica(nodes, { fresh, old, signal });
    }
    const is = (now: Instance) => now.status === 'available' && follows(now, fresh);
    const made = await until(source, { seconds: left(), signal, is });
    const late = [...notesOf, `${made.seen}; starting the failover anew waits on`];
    const position = made.done ? await untilStreaming(nodes, left(), signal) : null;
    const streaming = position !== null;
    return { method: 'clone', streaming, position, notes: streaming ? notesOf : late };
  } catch (error) {
    signal.throwIfAborted();
    throw failed(source, error);
  }
}

async function find(node: ClusterNode, signal: AbortSignal): Promise<Instance | undefined> {
  try {
    return await describe(node, { signal });
  } catch (error) {
    if (isService(error, 'RDS_NOT_FOUND')) return undefined;
    throw error;
  }
}

interface Aside {
  readonly call: EngineCall;
  readonly seconds: number;
}

/** In a Region that was dark it was never fenced: that comes first, for its endpoint is about to be another's. */
async function setAside(
  node: ClusterNode,
  there: Instance,
  { call: { epoch, signal }, seconds }: Aside,
): Promise<Instance> {
  if (!isIsolated(node, there)) await isolate(node, there, signal);
  const suffix = `-before-${epoch}`;
  const id = `${there.id.slice(0, longestIdentifier - suffix.length)}${suffix}`;
  await putNote(node, there, [notes.replaced, there.id], signal);
  const input = { DBInstanceIdentifier: there.id, NewDBInstanceIdentifier: id };
  const asked = { action: `ModifyDBInstance of ${there.id}`, signal };
  await apiOf(node).order(asked, (rds, options) =>
    rds.modifyDBInstance({ ...input, ApplyImmediately: true }, options),
  );
  const { instance, done, seen } = await until(node, {
    ...{ seconds, signal, id },
    is: ({ status }) => status === 'available',
  });
  if (!done || instance === undefined) throw new Error(`it is not ${id}: ${seen}`);
  return instance;
}

/** Streams, and has replayed what the new primary had written by then. */
async function untilStreaming(
  { source, target }: NodePair,
  seconds: number,
  signal: AbortSignal,
): Promise<string | null> {
  const giveUpAt = performance.now() + seconds * 1000;
  const { position } = await readState(target.url, answerSeconds, signal);
  while (performance.now() < giveUpAt) {
    const seen = await observeNode(source, 2, signal);
    if (seen.reachable && seen.state.role === 'replica' && seen.state.streaming) {
      if (hasReached(seen.state.position, position)) return position;
    }
    await sleep(pollMilliseconds, undefined, { signal });
  }
  return null;
}

const failed = ({ name }: ClusterNode, cause: unknown): FailoverError =>
  new FailoverError(
    `${name} has no replica in its place: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      code: 'REBUILD_FAILED',
      hint: 'The new primary has no replica: build one before the next failure.',
      cause,
    },
  );
