/** What the old primary holds beyond the fork, as far as anybody can tell: nobody reads the log of an RDS instance. */
import type { LossReport, NodePair, Promotion } from '../../core/ports/failover-engine.ts';
import { distanceBytes } from '../postgres/failover/lsn.ts';
import { describe, follows, type Instance } from './instance.ts';
import { noteOf, notes } from './notes.ts';

export async function measureLoss(
  { source, target }: NodePair,
  { forkPosition }: Pick<Promotion, 'forkPosition'>,
  signal: AbortSignal,
): Promise<LossReport> {
  try {
    const [old, fresh] = await Promise.all([
      describe(source, { signal }),
      describe(target, { signal }),
    ]);
    if (follows(old, fresh)) return nothing(`${source.name} follows the new timeline`);
    return lossOf(source.name, old, forkPosition);
  } catch (error) {
    signal.throwIfAborted();
    return unknown(error instanceof Error ? error.message : String(error));
  }
}

function lossOf(name: string, old: Instance, forkPosition: string): LossReport {
  const end = noteOf(old, notes.fencedAt);
  const bytes = end === undefined ? null : distanceBytes(forkPosition, end);
  if (end === undefined || bytes === null) {
    return unknown(`where ${name} ended is not known, and nobody reads the log of its instance`);
  }
  const method = `${name} ended at ${end}, ${forkPosition} was replayed`;
  if (bytes <= 0) return nothing(method);
  return { method, bytes, transactions: null, lost: [] };
}

const nothing = (method: string): LossReport => ({ method, bytes: 0, transactions: 0, lost: [] });

const unknown = (method: string): LossReport => ({
  ...{ method, bytes: null, transactions: null, lost: [] },
});
