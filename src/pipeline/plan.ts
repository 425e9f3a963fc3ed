/** What a backup will do, decided before anything is read from the source. */
import type { BackupId } from '../core/backup-id.ts';
import { type ChainDecision, decideChain } from '../core/chain.ts';
import type { BackupPlan } from '../core/contracts/functions.ts';
import type { BackupInput } from '../core/contracts/machines.ts';
import type { DumpInput } from '../core/contracts/tasks.ts';
import { type Claim, failoverRuns } from './failover/claim.ts';
import { probeChain } from './sets/probe-chain.ts';
import { isCommitted, loadSets } from './sets/stored-sets.ts';
import { type ChosenPolicy, choosePolicy, type SourceAtWork } from './source-at-work.ts';
import { claimRun, type Vault } from './vault/index.ts';

export interface PlanOptions {
  readonly vault: Vault;
  readonly source: SourceAtWork;
  readonly execution: string;
  readonly copies: boolean;
  readonly signal: AbortSignal;
  /** The failover under way that wants no backup of this source, if there is one. */
  readonly failover?: () => Promise<Claim | undefined>;
}

/** Somebody who typed the command sees the first failure; a schedule tries again by itself. */
const retries = {
  manual: { attempts: 1, waitSeconds: 1 },
  scheduled: { attempts: 3, waitSeconds: 60 },
  failover: { attempts: 3, waitSeconds: 10 },
} as const;

type Trigger = keyof typeof retries;

const triggerOf = ({ failover, scheduledTime }: BackupInput): Trigger => {
  if (failover !== undefined) return 'failover';
  return scheduledTime === undefined ? 'manual' : 'scheduled';
};

/** Claims the slot of a scheduled run; throws UsageError for an unknown policy. */
export async function planBackup(input: BackupInput, options: PlanOptions): Promise<BackupPlan> {
  const { vault, source, execution, copies } = options;
  const policy = choosePolicy(source, input.policy);
  const { scheduledTime } = input;
  const base = {
    source: source.name,
    copies,
    retry: retries[triggerOf(input)],
  };
  const run = { source: source.name, policy: policy.name, execution };
  const failover = await options.failover?.();
  if (failover !== undefined && !isOfFailover(input, failover)) {
    // Whoever typed the command is told; a schedule passes this time over, and comes again.
    if (scheduledTime === undefined) throw failoverRuns(failover);
    const reason = `${failover.execution} hands ${failover.cluster} over`;
    return { ...base, due: false, dump: dumpInput(run, policy.method, null), reason };
  }
  if (scheduledTime !== undefined && !(await claimRun(vault, { ...run, scheduledTime }))) {
    const dump = dumpInput(run, policy.method, null);
    return { ...base, due: false, dump, reason: `another run has claimed ${scheduledTime}` };
  }
  if (policy.method !== 'incremental') {
    const dump = dumpInput(run, policy.method, null);
    return { ...base, due: true, dump, reason: `method ${policy.method}` };
  }
  const chain = await chooseChain(input, policy, options);
  const parent = chain.kind === 'incremental' ? chain.parent : null;
  return {
    ...base,
    due: true,
    dump: dumpInput(run, policy.method, parent),
    reason: `${chain.kind}: ${chain.reason}`,
  };
}

const dumpInput = (
  { source, policy }: { readonly source: string; readonly policy: string },
  method: string,
  parent: BackupId | null,
): DumpInput => ({ source, policy, method, parent });

/** The run that silences a source may still back it up itself. */
const isOfFailover = ({ failover }: BackupInput, { cluster, epoch }: Claim): boolean =>
  failover?.cluster === cluster && failover.epoch === epoch;

/** What was written before a promotion is of another timeline: nothing is built upon it. */
const chooseChain = async (
  { failover }: BackupInput,
  policy: ChosenPolicy,
  options: PlanOptions,
): Promise<ChainDecision> =>
  failover === undefined
    ? chooseParent(policy, options)
    : { kind: 'full', reason: `${failover.cluster} was failed over (epoch ${failover.epoch})` };

/**
 * A base that is damaged is not built upon: a new full makes the source safe again. Nor is one that was
 * archived: the increment would have to wait for it, and so would each restore.
 */
async function chooseParent(
  { name, policy }: ChosenPolicy,
  { vault, source, signal }: PlanOptions,
): Promise<ChainDecision> {
  const sets = (await loadSets(vault, source.name)).filter(isCommitted);
  const chain = decideChain({
    sets: sets.map(({ id, manifest }) => ({ ...manifest, id })),
    policy: name,
    engine: source.engine.name,
    full: policy.full,
    now: vault.now(),
  });
  if (chain.kind === 'full') return chain;
  const probe = { vault, source: source.name, signal };
  const { findings, coldTiers } = await probeChain(chain.parent, probe);
  const [finding] = findings;
  if (finding) return { kind: 'full', reason: `the base is damaged: ${finding.detail}` };
  if (coldTiers.length === 0) return chain;
  const where = coldTiers.join(' and ');
  return { kind: 'full', reason: `the base lies in the archive tier ${where}` };
}
