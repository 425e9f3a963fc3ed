/**
 * A promotion that was asked for may lie in the socket of a server that is stuck, and is done when it goes on:
 * whoever answers has read what was sent before; whoever does not is killed, and started again as a replica.
 */
import type { ClusterNode } from '../../../core/ports/failover-engine.ts';
import { pending, tooLate } from '../../promotion-errors.ts';
import { killIfRunning, runsOn } from '../../server-processes.ts';
import { hangs } from './fence.ts';
import { observeNode } from './observe.ts';
import { placeOf } from './place.ts';

const answerSeconds = 5;

/** Throws FailoverError PROMOTION_PENDING, PAST_NO_RETURN. */
export async function withdrawPromotion(node: ClusterNode, signal: AbortSignal): Promise<void> {
  const seen = await observeNode(node, answerSeconds, signal);
  if (!seen.reachable) return killAndStart(node, seen.seen, signal);
  // That one was accepted after whatever was sent earlier; what it reads first is read by the second answer.
  const again = await observeNode(node, answerSeconds, signal);
  if (again.reachable && again.state.role === 'primary') throw tooLate(node.name);
  if (!again.reachable) throw pending(node.name, again.seen);
}

async function killAndStart(node: ClusterNode, seen: string, signal: AbortSignal): Promise<void> {
  const place = placeOf(node.control);
  if (place === undefined) throw pending(node.name, seen);
  const killed = await killIfRunning(place, signal);
  if (await runsOn(place, signal)) throw pending(node.name, seen);
  if (!killed && (await hangs(node, signal))) throw pending(node.name, seen);
  // What does not run does not promote itself either.
  await place.control.start(signal);
}
