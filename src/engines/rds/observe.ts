/** Two ways to look: by SQL, and by what RDS says. Only SQL decides; RDS calls a server available that is not. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterNode, NodeObservation } from '../../core/ports/failover-engine.ts';
import { observeNode } from '../postgres/failover/observe.ts';
import { describe } from './instance.ts';

/** A server that answers within this is not asked about at RDS. */
const quickMilliseconds = 300;

export async function observe(
  node: ClusterNode,
  seconds: number,
  signal: AbortSignal,
): Promise<NodeObservation> {
  const answer = observeNode(node, seconds, signal);
  const quick = await Promise.race([answer, sleep(quickMilliseconds)]);
  if (quick?.reachable) return quick;
  const left = Math.max(0.5, seconds - quickMilliseconds / 1000);
  const [seen, words] = await Promise.all([answer, wordsOfRds(node, left, signal)]);
  return seen.reachable ? seen : { ...seen, seen: `${seen.seen}; ${words}` };
}

async function wordsOfRds(
  node: ClusterNode,
  seconds: number,
  signal: AbortSignal,
): Promise<string> {
  try {
    const { status } = await describe(node, { seconds, signal });
    return `RDS says that it is ${status}`;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}
