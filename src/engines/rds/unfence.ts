/** Gives a fenced primary its own security groups back, and proves that it is one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailoverError } from '../../core/errors.ts';
import type { ClusterNode } from '../../core/ports/failover-engine.ts';
import { observeNode } from '../postgres/failover/observe.ts';
import { moveInto } from './fence.ts';
import { describe, isIsolated } from './instance.ts';
import { dropNotes, noteOf, notes } from './notes.ts';

const backSeconds = 60;
const pollMilliseconds = 50;

export async function unfence(node: ClusterNode, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const instance = await describe(node, { signal });
    const groups = noteOf(instance, notes.fencedFrom)?.split(' ');
    if (groups === undefined && isIsolated(node, instance)) {
      throw new Error(`nothing says which security groups it had`);
    }
    // Also where it does not look moved: an order whose answer was lost may come late.
    if (groups !== undefined) await moveInto(node, groups, signal);
    await untilPrimary(node, signal);
    await dropNotes(node, instance, [notes.fencedFrom, notes.fencedAt], signal);
    return groups === undefined ? ['it was not fenced'] : [`moved back into ${groups.join(', ')}`];
  } catch (error) {
    signal.throwIfAborted();
    throw notBack(node, error);
  }
}

async function untilPrimary(node: ClusterNode, signal: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + backSeconds * 1000;
  for (;;) {
    const seen = await observeNode(node, 2, signal);
    if (seen.reachable && seen.state.role === 'primary') return;
    if (performance.now() > giveUpAt) {
      throw new Error(seen.reachable ? 'it is a replica' : seen.seen);
    }
    await sleep(pollMilliseconds, undefined, { signal });
  }
}

const notBack = ({ name }: ClusterNode, cause: unknown): FailoverError =>
  new FailoverError(
    `${name} did not come back: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      code: 'UNFENCE_FAILED',
      hint: `Give it its own security groups by hand: they stand in its tag ${notes.fencedFrom}.`,
      cause,
    },
  );
