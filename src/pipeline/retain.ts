/** Removes what the policies no longer keep, at every destination: one fenced maintainer of a source at a time. */
import type { RetainReport } from '../core/contracts/results.ts';
import { LeaseHeldError, reportError, StoreError, VaultMissingError } from '../core/errors.ts';
import type { Signer } from '../core/ports/signer.ts';
import { forgetRuns } from './forget-runs.ts';
import { holdLast } from './hold-last.ts';
import {
  badAtPrimary,
  type LastAtCopies,
  lastAtCopies,
  planSourceRetention,
  type RetainedDestination,
  type RetentionRules,
} from './sets/retention-plan.ts';
import {
  acquireLease,
  isLeaseHeld,
  type Lease,
  removeSet,
  sourceLease,
  sweep,
  type Vault,
  writeResult,
} from './vault/index.ts';

export interface RetainOptions {
  readonly destinations: readonly RetainedDestination[];
  /** Copies that another stack retains: what may be the last good set is held there. */
  readonly elsewhere?: readonly RetainedDestination[] | undefined;
  readonly rules: Omit<RetentionRules, 'now'>;
  readonly signer: Signer;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** Also what other sources left behind: those that left the configuration have nobody else. */
  readonly sweepAll?: boolean | undefined;
  /** After this no other set is begun: the caller comes again for the rest. */
  readonly budgetSeconds: number;
}

const leaseSeconds = 60;
const leftoverGraceMs = 24 * 3_600_000;
/** Replication has no order, and goes on when a dark Region is back: until then half a set is no leftover. */
const replicatedGraceMs = 30 * leftoverGraceMs;

/** A destination that another maintainer holds is left to it. Failures are in the report, not thrown. */
export async function retainSource(source: string, options: RetainOptions): Promise<RetainReport> {
  const { destinations, elsewhere = [], signer, signal } = options;
  const endsAt = options.now().getTime() + options.budgetSeconds * 1000;
  const removed: RetainReport['removed'] = [];
  const errors: RetainReport['errors'] = [];
  const attempt = reporting(errors, signal);
  let more = false;
  const bad = await badAtPrimary(source, [...destinations, ...elsewhere]);
  for (const destination of destinations) {
    const mayBeLast = destination.name === 'primary' ? undefined : lastAtCopies(bad);
    const given = { ...options, endsAt, removed, errors, mayBeLast };
    await attempt(async () => {
      const left = await maintain(source, destination, given);
      more ||= left;
    });
  }
  for (const copy of elsewhere) {
    await attempt(() => holdLast(source, bad ?? new Set(), { copy, signer }));
  }
  return { removed, errors, more: more && errors.length === 0 };
}

/** One destination that is away holds up no other. */
const reporting =
  (errors: RetainReport['errors'], signal: AbortSignal) =>
  async (act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      signal.throwIfAborted();
      if (!isNothingToDo(error)) errors.push(reportError(error));
    }
  };

/** Somebody else is at it, or nothing was ever copied there. */
const isNothingToDo = (error: unknown): boolean =>
  error instanceof LeaseHeldError || error instanceof VaultMissingError;

/** As a step of a backup: the report lies at `results/<execution>/retain.json` for the notify step. */
export async function retainStep(
  { source, execution }: { readonly source: string; readonly execution: string },
  options: RetainOptions & { readonly vault: Vault },
): Promise<RetainReport> {
  const report = await retainSource(source, options);
  await writeResult(options.vault, execution, 'retain', report);
  return report;
}

interface Maintenance extends RetainOptions {
  readonly endsAt: number;
  readonly mayBeLast: LastAtCopies | undefined;
  readonly removed: RetainReport['removed'];
  readonly errors: RetainReport['errors'];
}

/** True when sets are left for another time. */
async function maintain(
  source: string,
  { name, keep, replicated, open }: RetainedDestination,
  { rules, signer, now, signal, endsAt, removed, errors, mayBeLast, sweepAll }: Maintenance,
): Promise<boolean> {
  const vault = await open();
  const lease = await acquireLease(vault, maintenanceLease(source, name), {
    ttlSeconds: leaseSeconds,
    signal,
  });
  try {
    // A dump that runs may build on a set that nothing else needs.
    if (await isLeaseHeld(vault, sourceLease(source))) return false;
    const at = { vault, keep, mayBeLast, replicated };
    const plan = await planSourceRetention(source, at, { ...rules, now: now() });
    for (const { id, reasons } of plan.remove) {
      if (now().getTime() > endsAt) return true;
      const [reason = ''] = reasons;
      const check = checking(lease, signal);
      try {
        await removeSet(vault, { source, id }, { signer, reason, check });
        removed.push({ destination: name, backup: id, reason });
      } catch (error) {
        // One set that a lock or a right still keeps holds up no other.
        if (!(error instanceof StoreError)) throw error;
        errors.push(reportError(error));
      }
    }
    await tidy(vault, { source, sweepAll, now, replicated, check: checking(lease, signal) });
    return false;
  } finally {
    await lease.release();
  }
}

interface Tidying
  extends Pick<RetainOptions, 'now' | 'sweepAll'>,
    Pick<RetainedDestination, 'replicated'> {
  readonly source: string;
  readonly check: () => Promise<void>;
}

async function tidy(
  vault: Vault,
  { source, sweepAll, now, replicated, check }: Tidying,
): Promise<void> {
  const graceMs = replicated === true ? replicatedGraceMs : leftoverGraceMs;
  const before = new Date(now().getTime() - graceMs);
  await sweep(vault, { source: sweepAll === true ? undefined : source, before, check });
  await forgetRuns(vault, { source, check });
}

/** One for each source: where thousands back up at night, none waits for another. */
const maintenanceLease = (source: string, destination: string): string =>
  destination === 'primary' ? `maintenance-${source}` : `maintenance-${source}-at-${destination}`;

const checking = (lease: Lease, signal: AbortSignal) => async (): Promise<void> => {
  signal.throwIfAborted();
  await lease.check();
};
