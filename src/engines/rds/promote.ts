/**
 * A replica becomes an instance of its own. RDS takes no token by which a second call would be known as the same, and
 * shows a promotion only after a while: that it was asked for stands in a tag, and what RDS and the server say decides.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_PromoteReadReplica.html
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { durationSeconds } from '../../core/config/values.ts';
import { FailoverError } from '../../core/errors.ts';
import type { ClusterNode, EngineCall, Promotion } from '../../core/ports/failover-engine.ts';
import { withNode } from '../postgres/failover/node-session.ts';
import { observeNode } from '../postgres/failover/observe.ts';
import { pending, tooLate } from '../promotion-errors.ts';
import { apiOf, describe, type Instance, rdsOf } from './instance.ts';
import { dropNotes, noteOf, notes, putNote } from './notes.ts';
import { isService } from './service-failure.ts';
import { until } from './until.ts';

/** Until then a promotion that was asked for shows: its status changes some seconds after the call. */
const settleSeconds = 60;
const answerSeconds = 5;
const pollMilliseconds = 200;

export async function promote(target: ClusterNode, call: EngineCall): Promise<Promotion> {
  const before = await describe(target, { signal: call.signal });
  const already = await isPrimary(target, before, call.signal);
  if (!already) await bring(target, before, call);
  const now = await describe(target, { signal: call.signal });
  return { ...(await forkOf(target, now, call.signal)), already };
}

async function isPrimary(
  target: ClusterNode,
  { source, status }: Instance,
  signal: AbortSignal,
): Promise<boolean> {
  if (source !== null || status !== 'available') return false;
  const seen = await observeNode(target, answerSeconds, signal);
  return seen.reachable && seen.state.role === 'primary';
}

async function bring(target: ClusterNode, before: Instance, call: EngineCall): Promise<void> {
  const { signal } = call;
  const begun = performance.now();
  const said = (await isUnderWay(target, before, signal))
    ? 'it had been asked for before'
    : await ask(target, before, call);
  const seconds = durationSeconds(rdsOf(target).promoteWithin);
  const left = (): number => seconds - (performance.now() - begun) / 1000;
  const lost =
    said !== undefined && !(await hasBegun(target, Math.min(settleSeconds, left()), signal));
  if (lost) throw notPromoted(target, `${said}; nothing came of it in ${settleSeconds} s`);
  const done = ({ source, status }: Instance) => source === null && status === 'available';
  const waited = await until(target, { seconds: left(), signal, is: done });
  if (!waited.done) throw notPromoted(target, `${waited.seen} after ${seconds} s`);
  await untilWrites(target, left(), signal);
}

/** Asked for by a run before this one: it may not show yet. */
async function isUnderWay(
  target: ClusterNode,
  { source, tags }: Instance,
  signal: AbortSignal,
): Promise<boolean> {
  if (source === null) return true;
  return tags.has(notes.promotionAsked) && (await hasBegun(target, settleSeconds, signal));
}

const hasBegun = async (
  target: ClusterNode,
  seconds: number,
  signal: AbortSignal,
): Promise<boolean> => {
  const is = ({ source, status }: Instance) => source === null || status !== 'available';
  return (await until(target, { seconds, signal, is })).done;
};

/** Undefined where it was taken; the words of a loss where its answer did not come. Rejects where it was refused. */
async function ask(
  target: ClusterNode,
  before: Instance,
  { signal }: EngineCall,
): Promise<string | undefined> {
  const seen = await observeNode(target, answerSeconds, signal);
  const replayed = seen.reachable ? seen.state.position : 'unknown';
  await putNote(target, before, [notes.promotionAsked, replayed], signal);
  const { instance } = rdsOf(target);
  try {
    const asked = { action: `PromoteReadReplica of ${instance}`, signal };
    await apiOf(target).order(asked, (rds, options) =>
      rds.promoteReadReplica({ DBInstanceIdentifier: instance }, options),
    );
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    const words = error instanceof Error ? error.message : String(error);
    if (isService(error, 'RDS_UNREACHABLE')) return words;
    await dropNotes(target, before, [notes.promotionAsked], signal);
    throw notPromoted(target, words);
  }
}

/** RDS says `available` a moment before the server takes sessions. */
async function untilWrites(
  target: ClusterNode,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  const giveUpAt = performance.now() + Math.max(seconds, answerSeconds) * 1000;
  for (;;) {
    const seen = await observeNode(target, answerSeconds, signal);
    if (seen.reachable && seen.state.role === 'primary') return;
    if (performance.now() > giveUpAt) {
      throw notPromoted(target, seen.reachable ? 'its server is in recovery still' : seen.seen);
    }
    await sleep(pollMilliseconds, undefined, { signal });
  }
}

/** RDS restarts the server at the end, and then it knows of no replay: the tag does. */
async function forkOf(
  target: ClusterNode,
  instance: Instance,
  signal: AbortSignal,
): Promise<Omit<Promotion, 'already'>> {
  const [row] = await withNode({ url: target.url, seconds: answerSeconds, signal }, ({ query }) =>
    query<{ fork: string | null; timeline: number }>(
      `select pg_last_wal_replay_lsn()::text as fork,
         ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int as timeline`,
    ),
  );
  const forkPosition = row?.fork ?? noteOf(instance, notes.promotionAsked) ?? 'unknown';
  return { timeline: String(row?.timeline), forkPosition };
}

/** RDS takes no promotion back: only one that was never asked for, or was refused, will not come. */
export async function withdrawPromotion(target: ClusterNode, signal: AbortSignal): Promise<void> {
  const instance = await describe(target, { signal }).catch((error: Error) => {
    throw pending(target.name, error.message);
  });
  if (instance.source === null) throw tooLate(target.name);
  if (!instance.tags.has(notes.promotionAsked)) return;
  throw pending(target.name, `RDS says that it is ${instance.status}, and takes no promotion back`);
}

const notPromoted = ({ name }: ClusterNode, seen: string): FailoverError =>
  new FailoverError(`${name} was not promoted: ${seen}`, {
    code: 'PROMOTE_FAILED',
    hint: 'Its role is read before anything else is done.',
  });
