/**
 * A promotion that was asked for stays asked for: `pg_promote` leaves a file and a signal behind, and a server that
 * was stuck promotes itself later. Only a new start forgets both.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterNode } from '../../../core/ports/failover-engine.ts';
import { pending, tooLate } from '../../promotion-errors.ts';
import { stopFor } from './fence.ts';
import { filesOf, runAt, type ServerFiles } from './files.ts';
import { observeNode } from './observe.ts';
import { startServer } from './start.ts';

const backSeconds = 30;
const pollMilliseconds = 50;

/** Throws FailoverError PROMOTION_PENDING, PAST_NO_RETURN. */
export async function withdrawPromotion(node: ClusterNode, signal: AbortSignal): Promise<void> {
  const files = filesOf(node.control);
  if (files === undefined) throw pending(node.name, 'no way to its machine is configured');
  const { gone, seen } = await stopFor('forced', { files, url: node.url }, signal);
  if (!gone) throw pending(node.name, seen);
  await startServer({ ...node, control: files.control }, signal);
  const giveUpAt = performance.now() + backSeconds * 1000;
  for (;;) {
    const now = await observeNode(node, 2, signal);
    if (now.reachable && now.state.role === 'primary') throw tooLate(node.name);
    if (now.reachable) return;
    if (performance.now() > giveUpAt) return staysStandby(node.name, files, signal);
    await sleep(pollMilliseconds, undefined, { signal });
  }
}

/** One that does not come up was promoted before, or was not: the end of a promotion takes the file away. */
async function staysStandby(name: string, files: ServerFiles, signal: AbortSignal): Promise<void> {
  const { status } = await runAt(files, ['test', '-e', `${files.data}/standby.signal`], { signal });
  if (status !== 0) throw tooLate(name);
}
