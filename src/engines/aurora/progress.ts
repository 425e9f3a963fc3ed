/** Where a switchover or a failover stands, as its own Region says: Aurora answers the call long before it is done. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pending } from '../promotion-errors.ts';
import { changeText, memberOf, writerOf } from './global-database.ts';
import { type AuroraNode, patienceOf, type SeenMember, trySeeMember, wordsOf } from './member.ts';
import { readStatus } from './status.ts';

const answerSeconds = 3;
const pollMilliseconds = 500;

interface Progress {
  readonly done: boolean;
  /** Also where the API does not answer: nobody can tell that it is not. */
  readonly isUnderWay: boolean;
  readonly seen: string;
}

export async function progressOf(node: AuroraNode, signal: AbortSignal): Promise<Progress> {
  const seen = await trySeeMember(node, answerSeconds, signal);
  if (typeof seen === 'string') return { done: false, isUnderWay: true, seen };
  const { change } = seen.global;
  if (change !== undefined) return { done: false, isUnderWay: true, seen: changeText(change) };
  if (memberOf(seen.global, node.aurora)?.isWriter !== true) {
    const writer = writerOf(seen.global)?.arn ?? 'nobody';
    return {
      done: false,
      isUnderWay: false,
      seen: `nothing is under way, the writer is ${writer}`,
    };
  }
  const status = await readStatus(node.url, answerSeconds, signal).catch(wordsOf);
  if (typeof status === 'string') return { done: false, isUnderWay: true, seen: status };
  return {
    done: !status.replica,
    isUnderWay: true,
    seen: 'it is the writer, and in recovery still',
  };
}

/** A step that fences or rolls back has other things to do as well: state-machines/failover.asl.json. */
export const quietSeconds = (node: AuroraNode): number => Math.min(200, patienceOf(node));

/**
 * Until nothing goes on that an earlier run, or somebody else, has asked of Aurora: there is no call that takes it
 * back. An API that does not answer is not waited for. Throws FailoverError PROMOTION_PENDING.
 */
export async function untilQuiet(
  node: AuroraNode,
  signal: AbortSignal,
): Promise<SeenMember | string> {
  const giveUpAt = performance.now() + quietSeconds(node) * 1000;
  for (;;) {
    const seen = await trySeeMember(node, answerSeconds, signal);
    if (typeof seen === 'string' || seen.global.change === undefined) return seen;
    if (performance.now() > giveUpAt) throw pending(node.name, changeText(seen.global.change));
    await sleep(pollMilliseconds, undefined, { signal });
  }
}
