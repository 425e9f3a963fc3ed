/** Starts a server whose last process may have died a moment ago: its lock file is respected until that is collected. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandOutput, Control } from '../../../core/ports/control.ts';
import type { ClusterNode } from '../../../core/ports/failover-engine.ts';
import { observeNode } from './observe.ts';

const patienceSeconds = 5;
const pauseMilliseconds = 200;

export interface Started {
  readonly up: boolean;
  /** The start command's own words. */
  readonly seen: string;
}

export async function startServer(
  node: ClusterNode & { readonly control: Control },
  signal: AbortSignal,
): Promise<Started> {
  const giveUpAt = performance.now() + patienceSeconds * 1000;
  for (;;) {
    const output = await node.control.start(signal);
    if (output.status === 0) return { up: true, seen: wordsOf(output) };
    const seen = await observeNode(node, 1, signal);
    if (seen.reachable) return { up: true, seen: wordsOf(output) };
    if (performance.now() > giveUpAt) return { up: false, seen: wordsOf(output) };
    await sleep(pauseMilliseconds, undefined, { signal });
  }
}

const wordsOf = ({ status, stderr, stdout }: CommandOutput): string =>
  `start ended with ${status}: ${(stderr || stdout).trim()}`;
