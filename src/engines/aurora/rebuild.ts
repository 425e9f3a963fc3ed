/**
 * The old primary afterwards. Aurora itself makes a secondary of it: at once at a switchover, and after a failover
 * when its Region is back. Here is only proved that it is one, and that it has what the new primary wrote.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  EngineCall,
  LossReport,
  NodePair,
  RebuildReport,
} from '../../core/ports/failover-engine.ts';
import { lostVolume, readLostVolumes } from './api.ts';
import { type AuroraNode, auroraNode, patienceOf } from './member.ts';
import { observeNode } from './observe.ts';
import { hasReached, readStatus, regionOf } from './status.ts';

const answerSeconds = 5;
const pollMilliseconds = 500;
/** A Region that is dark is not back within a run. */
const darkSeconds = 10;

/** Only positions of which the order is known: what lies between two of them is nobody's number of bytes. */
export async function measureLoss(): Promise<LossReport> {
  const method = `Aurora counts no transactions; the old volume is kept as a snapshot ${lostVolume}… when its Region is back`;
  return { method, bytes: null, transactions: null, lost: [] };
}

export async function rebuild(
  { source, target }: NodePair,
  { signal }: EngineCall,
): Promise<RebuildReport> {
  const [old, fresh] = [auroraNode(source), auroraNode(target)];
  const written = await readStatus(fresh.url, answerSeconds, signal);
  const until = regionOf(written, fresh.aurora.region)?.lsn ?? null;
  const { follows, seen } = await untilFollows(old, until, signal);
  const volumes = await lostVolumes(old, signal);
  return {
    method: volumes.length > 0 ? 'clone' : 'follow',
    streaming: follows,
    position: follows ? until : null,
    notes: [...(follows ? [] : [seen]), ...volumes],
  };
}

interface Followed {
  readonly follows: boolean;
  /** Why not. */
  readonly seen: string;
}

/** In recovery by its own word, connected by the API's, and with everything that was written until now. */
async function untilFollows(
  node: AuroraNode,
  until: string | null,
  signal: AbortSignal,
): Promise<Followed> {
  const begun = performance.now();
  for (;;) {
    const { follows, seen, isDark } = await lookAt(node, until, signal);
    if (follows) return { follows, seen };
    const patience = isDark ? darkSeconds : patienceOf(node);
    if (performance.now() - begun > patience * 1000) return { follows, seen };
    await sleep(pollMilliseconds, undefined, { signal });
  }
}

async function lookAt(
  node: AuroraNode,
  until: string | null,
  signal: AbortSignal,
): Promise<Followed & { readonly isDark: boolean }> {
  const now = await observeNode(node, answerSeconds, signal);
  if (!now.reachable) return { follows: false, isDark: true, seen: now.seen };
  const { role, streaming, received } = now.state;
  const has = until !== null && hasReached(received, until);
  const follows = role === 'replica' && streaming && has;
  return {
    follows,
    isDark: false,
    seen: `${role}, ${streaming ? 'at' : 'not connected, at'} ${received}`,
  };
}

async function lostVolumes({ aurora, name }: AuroraNode, signal: AbortSignal): Promise<string[]> {
  try {
    const found = await readLostVolumes(aurora, { seconds: answerSeconds, signal });
    return found.map((each) => `what ${name} had beyond it lies in the snapshot ${each}`);
  } catch {
    signal.throwIfAborted();
    return [];
  }
}
