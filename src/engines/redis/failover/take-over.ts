/** The replica catches up, is promoted, and shows that it writes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailoverError } from '../../../core/errors.ts';
import type {
  CatchUpRequest,
  CaughtUp,
  ClusterNode,
  EngineCall,
  NodeState,
  Promotion,
  WritableProof,
} from '../../../core/ports/failover-engine.ts';
import { type NodeSession, withNode } from './node-session.ts';
import { observeNode, readState, stateOf, wordsOf } from './observe.ts';
import { distanceBytes, positionText } from './position.ts';
import { keepSettings } from './settings.ts';

const pollMilliseconds = 5;
const settleMilliseconds = 100;
/** A frozen replica must not keep the primary's clients waiting. */
const answerSeconds = 2;
const reconcileSeconds = 10;

export async function catchUp(target: ClusterNode, request: CatchUpRequest): Promise<CaughtUp> {
  const { until, timeoutSeconds, signal } = request;
  const giveUpAt = performance.now() + timeoutSeconds * 1000;
  const pauseMilliseconds = until === null ? settleMilliseconds : pollMilliseconds;
  let before: CaughtUp | undefined;
  for (;;) {
    const now = progressOf(await readState(target.url, answerSeconds, signal), until);
    if (now.complete && (until !== null || now.received === before?.received)) return now;
    if (performance.now() > giveUpAt) return { ...now, complete: false };
    before = now;
    await sleep(pauseMilliseconds, undefined, { signal });
  }
}

/** One that was promoted already gets nothing more: what it lacks is lost, and measured as such. */
function progressOf({ role, received, position }: NodeState, until: string | null): CaughtUp {
  const got = received ?? position;
  const lacks = distanceBytes(position, until ?? got);
  const complete = role === 'primary' || (lacks !== null && lacks <= 0);
  return { received: got, replayed: position, complete };
}

/**
 * Reads the role first. What the call answers, or that its answer is lost, decides nothing: the role afterwards
 * does. A role that its file does not keep is none: started again it would be emptied by the old primary.
 */
export async function promote(target: ClusterNode, { signal }: EngineCall): Promise<Promotion> {
  const before = await readState(target.url, answerSeconds, signal);
  const already = before.role === 'primary';
  if (!already) {
    const said = await atTarget(target, signal, (session) =>
      session.text('REPLICAOF', 'NO', 'ONE'),
    ).catch(wordsOf);
    signal.throwIfAborted();
    await untilPrimary(target, said, signal);
  }
  return atTarget(target, signal, async (session) => {
    await keepSettings(session).catch((error: unknown) => {
      throw notPromoted(target, `its file cannot keep its role: ${wordsOf(error)}`);
    });
    const info = await session.facts('INFO', 'replication');
    const fork = forkOf(info);
    const timeline = info['master_replid'] ?? '';
    return { timeline, forkPosition: fork ?? before.position, already };
  });
}

const atTarget = <T>(
  { url }: ClusterNode,
  signal: AbortSignal,
  use: (session: NodeSession) => Promise<T>,
): Promise<T> => withNode({ url, seconds: answerSeconds, signal }, use);

/** `second_repl_offset` is the first byte that is not the old primary's; -1 where there was none. */
function forkOf(info: Readonly<Record<string, string>>): string | null {
  const [replid = '', second] = [info['master_replid2'], Number(info['second_repl_offset'])];
  return second > 0 ? positionText({ replid, offset: second - 1 }) : null;
}

async function untilPrimary(target: ClusterNode, said: string, signal: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + reconcileSeconds * 1000;
  for (;;) {
    const seen = await observeNode(target, answerSeconds, signal);
    if (seen.reachable && seen.state.role === 'primary') return;
    if (performance.now() > giveUpAt) {
      throw notPromoted(target, `${said}; ${seen.reachable ? 'it is a replica still' : seen.seen}`);
    }
    await sleep(settleMilliseconds, undefined, { signal });
  }
}

/** Documented: a sorted set, the epoch as member and as score. */
export const epochKey = 'holdfast:epoch';

export async function verifyWritable(
  target: ClusterNode,
  { epoch, signal }: EngineCall,
): Promise<WritableProof> {
  await atTarget(target, signal, async (session) => {
    await session.text('ZADD', epochKey, String(epoch), String(epoch));
    await keepSettings(session);
  }).catch((error: unknown) => {
    throw notWritable(target, wordsOf(error));
  });
  const { newest, state } = await atTarget(target, signal, async (session) => ({
    newest: (await session.list('ZRANGE', epochKey, '-1', '-1'))[0],
    state: await stateOf(session),
  }));
  if (newest !== String(epoch)) throw notWritable(target, `the newest epoch in it is ${newest}`);
  return { epoch, timeline: state.timeline, position: state.position };
}

const notPromoted = ({ name }: ClusterNode, seen: string): FailoverError =>
  new FailoverError(`${name} was not promoted: ${seen}`, {
    code: 'PROMOTE_FAILED',
    hint: 'Its role is read before anything else is done.',
  });

const notWritable = ({ name }: ClusterNode, seen: string): FailoverError =>
  new FailoverError(`${name} is primary and does not take a write: ${seen}`, {
    code: 'NOT_WRITABLE',
    hint: 'Names were not changed. Mend that server; then start the failover anew: it goes on forward.',
  });
