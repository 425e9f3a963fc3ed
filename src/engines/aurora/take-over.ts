/** The secondary has everything, is promoted by Aurora, and shows that it writes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailoverError } from '../../core/errors.ts';
import type {
  CatchUpRequest,
  CaughtUp,
  ClusterNode,
  EngineCall,
  Promotion,
  WritableProof,
} from '../../core/ports/failover-engine.ts';
import { notWritable, writeEpoch } from '../postgres/failover/epoch.ts';
import { isService } from '../rds/service-failure.ts';
import { askToPromote, type Promote } from './api.ts';
import { letIn } from './fence.ts';
import { changeText, type GlobalChange, placeOfArn } from './global-database.ts';
import {
  type AuroraNode,
  auroraNode,
  patienceOf,
  seeMember,
  trySeeMember,
  urlsOf,
  wordsOf,
} from './member.ts';
import { progressOf } from './progress.ts';
import { hasReached, readFirst, readStatus, regionOf } from './status.ts';

const answerSeconds = 5;
const pollMilliseconds = 250;
/** A request whose answer was lost shows in the global database by then, or never came. */
const reconcileSeconds = 15;

/** Storage copies storage: what the secondary's volume holds needs no replay. */
export async function catchUp(target: ClusterNode, request: CatchUpRequest): Promise<CaughtUp> {
  const { until, timeoutSeconds, signal } = request;
  const node = auroraNode(target);
  const urls = urlsOf(node, await trySeeMember(node, answerSeconds, signal));
  const giveUpAt = performance.now() + timeoutSeconds * 1000;
  for (;;) {
    const status = await readFirst(urls, answerSeconds, signal);
    const lsn = regionOf(status, node.aurora.region)?.lsn ?? null;
    const complete = lsn !== null && (until === null || hasReached(lsn, until));
    const reached = { received: lsn ?? '', replayed: lsn ?? '', complete };
    if (complete || performance.now() > giveUpAt) return reached;
    await sleep(pollMilliseconds, undefined, { signal });
  }
}

/**
 * Reads first: a writer is promoted already, and a promotion that is under way is waited for, never asked for again.
 * What the call answers, or that its answer is lost, decides nothing: the global database does. Always asked in the
 * target's Region, for the other one may be dark.
 */
export async function promote(
  target: ClusterNode,
  { mode, signal }: EngineCall,
): Promise<Promotion> {
  const node = auroraNode(target);
  const before = await seeMember(node, answerSeconds * 2, signal);
  const { member, global } = before;
  if (member === undefined) throw notPromoted(node, `it is no member of ${global.identifier}`);
  const already = member.isWriter && global.change === undefined;
  const forkPosition = await positionOf(node, urlsOf(node, before), signal);
  if (!already) {
    const kind = mode === 'forced' ? 'failover' : 'switchover';
    const said = await ask(node, { kind, target: member.arn, underWay: global.change }, signal);
    await untilWriter(node, said, signal);
  }
  const after = await readStatus(node.url, answerSeconds, signal);
  const reached = regionOf(after, node.aurora.region)?.lsn;
  const timeline = placeOfArn(member.arn).cluster;
  return { timeline, forkPosition: forkPosition ?? reached ?? '', already };
}

/** Where its volume ended before the promotion; null where it cannot be read any more. */
async function positionOf(
  node: AuroraNode,
  urls: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  const status = await readFirst(urls, answerSeconds, signal).catch(() => undefined);
  signal.throwIfAborted();
  return (status && regionOf(status, node.aurora.region)?.lsn) ?? null;
}

interface Asked {
  readonly kind: Promote;
  readonly target: string;
  /** By an earlier run, or by somebody else. */
  readonly underWay: GlobalChange | undefined;
}

interface Said {
  /** An answer, not a lost one: nothing will come of it. */
  readonly refused: boolean;
  readonly words: string;
}

async function ask({ aurora }: AuroraNode, asked: Asked, signal: AbortSignal): Promise<Said> {
  const { underWay } = asked;
  if (underWay) return { refused: false, words: `it was ${changeText(underWay)} already` };
  try {
    await askToPromote(aurora, asked, { signal });
    return { refused: false, words: `Aurora took the ${asked.kind}` };
  } catch (error) {
    signal.throwIfAborted();
    const refused = isService(error, 'RDS_DENIED', 'RDS_NOT_FOUND', 'RDS_STATE', 'RDS_REFUSED');
    return { refused, words: wordsOf(error) };
  }
}

/** The API says so, nothing goes on any more, and the server itself takes writes at its cluster endpoint. */
async function untilWriter(
  node: AuroraNode,
  { refused, words }: Said,
  signal: AbortSignal,
): Promise<void> {
  const limits = {
    underWay: patienceOf(node),
    idle: refused ? 0 : Math.min(reconcileSeconds, patienceOf(node)),
  };
  const begun = performance.now();
  for (;;) {
    const { done, isUnderWay, seen } = await progressOf(node, signal);
    if (done) return;
    const limit = isUnderWay ? limits.underWay : limits.idle;
    if (performance.now() - begun > limit * 1000)
      throw notPromoted(node, `${words}; ${seen} after ${limit} s`);
    await sleep(pollMilliseconds, undefined, { signal });
  }
}

/** The epoch first: an executor that slept through a newer run lets nobody in. */
export async function verifyWritable(
  target: ClusterNode,
  call: EngineCall,
): Promise<WritableProof> {
  const node = auroraNode(target);
  await writeEpoch(node, call);
  await letIn(node, call.signal).catch((cause: unknown) => {
    call.signal.throwIfAborted();
    throw notWritable(node, wordsOf(cause));
  });
  const status = await readStatus(node.url, answerSeconds, call.signal);
  const position = regionOf(status, node.aurora.region)?.lsn ?? 'an unknown position';
  return { epoch: call.epoch, timeline: node.aurora.cluster, position };
}

const notPromoted = ({ name }: Pick<ClusterNode, 'name'>, seen: string): FailoverError =>
  new FailoverError(`${name} was not promoted: ${seen}`, {
    code: 'PROMOTE_FAILED',
    hint: 'Its role is read before anything else is done.',
  });
