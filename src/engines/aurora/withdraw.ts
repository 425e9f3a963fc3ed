/** There is no call that takes a switchover back: it is waited for, until it came or Aurora gave it up. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterNode } from '../../core/ports/failover-engine.ts';
import { pending, tooLate } from '../promotion-errors.ts';
import { auroraNode } from './member.ts';
import { progressOf, quietSeconds } from './progress.ts';

const pollMilliseconds = 500;

/** Throws FailoverError PROMOTION_PENDING, PAST_NO_RETURN. */
export async function withdrawPromotion(target: ClusterNode, signal: AbortSignal): Promise<void> {
  const node = auroraNode(target);
  const giveUpAt = performance.now() + quietSeconds(node) * 1000;
  for (;;) {
    const { done, isUnderWay, seen } = await progressOf(node, signal);
    if (done) throw tooLate(node.name);
    if (!isUnderWay) return;
    if (performance.now() > giveUpAt) throw pending(node.name, seen);
    await sleep(pollMilliseconds, undefined, { signal });
  }
}
