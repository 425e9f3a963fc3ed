/** Before anything is touched: the lease, the preflight, the plan, the approval. */
import type { z } from 'zod';
import { cleared, raised } from '../../core/alerts/index.ts';
import { workloadsOf } from '../../core/config/around.ts';
import { durationSeconds } from '../../core/config/values.ts';
import type { FailoverRun, leaseEventSchema } from '../../core/contracts/failover.ts';
import { FailoverError, FailoverRefusedError } from '../../core/errors.ts';
import type { FailoverPlan } from '../../core/failover/plan.ts';
import { awaitingApproval, failoverStarted } from '../../core/failover/problems.ts';
import { primaries } from '../../core/failover/world.ts';
import type { WriteProbe } from '../../core/ports/failover-engine.ts';
import type { ClusterAtWork } from './at-work.ts';
import { claimEpoch, enterStep } from './claim.ts';
import { type Decided, decide, decideRun } from './decide.ts';
import { recorded } from './records.ts';
import { readCourse } from './run-state.ts';

/** A name that resolvers keep longer than this makes the outage theirs. */
const longestTtlSeconds = 60;

export async function takeLease(
  cluster: ClusterAtWork,
  { execution, input }: z.infer<typeof leaseEventSchema>,
): Promise<FailoverRun> {
  const { epoch } = await claimEpoch(cluster, execution);
  await recorded(cluster, { cluster: cluster.name, epoch, step: 'lease' }, async () => ({
    lines: [`epoch ${epoch} is claimed by ${execution}`],
    data: {},
  }));
  const { mode, to = null, approved = null } = input;
  const started = failoverStarted({ cluster: cluster.name, execution, mode });
  await cluster.tell([overtaken('failover.started', cluster.name), raised(started)]);
  return { cluster: cluster.name, epoch, execution, mode, to, approved };
}

export async function preflight(cluster: ClusterAtWork, run: FailoverRun): Promise<{ ok: true }> {
  await enterStep(cluster, run, { honoursAbort: true });
  return recorded(cluster, { ...run, step: 'preflight' }, async () => {
    const decided = await decideRun(cluster, run);
    const { plan, earlier } = decided;
    const found = await findingsOf(cluster, decided);
    const slow = slowNames(decided);
    // The rest of a run that has fenced already is not better left undone.
    const beginsAnew = plan.mode === 'planned' && earlier === undefined;
    if (found.length + slow.length > 0 && beginsAnew) {
      throw new FailoverRefusedError(`not ready: ${[...found, ...slow].join('; ')}`, {
        code: 'FAILOVER_NOT_READY',
        hint: 'Nothing was changed; mend what is named, then `holdfast failover check`.',
      });
    }
    const lines = [`${plan.from} → ${plan.to}`, ...plan.warnings, ...found, ...slow];
    return { lines, data: { ok: true } as const };
  });
}

export interface Readiness {
  readonly ready: boolean;
  readonly from: string;
  readonly to: string;
  readonly findings: readonly string[];
}

/** What a planned failover would be refused for now. */
export async function readiness(cluster: ClusterAtWork): Promise<Readiness> {
  const decided = await decide(cluster, { mode: 'planned', to: null });
  const { from, to, refusals, warnings } = decided.plan;
  const found = await findingsOf(cluster, decided);
  const against = [
    ...refusals.map(({ text }) => text),
    ...secondPrimary(decided),
    ...found,
    ...slowNames(decided),
  ];
  const ready = against.length === 0 && decided.earlier === undefined;
  return { ready, from, to, findings: [...against, ...warnings] };
}

/**
 * What the engine finds, and whether the application's write is accepted now: where it is refused for its
 * password or its privileges, its being refused would prove no fence.
 */
async function findingsOf(
  cluster: ClusterAtWork,
  { plan: { from, to, mode }, earlier }: Decided,
): Promise<readonly string[]> {
  const { engine, nodes, application, signal } = cluster;
  const [source, target] = [nodes.get(from), nodes.get(to)];
  if (source === undefined || target === undefined) return [];
  const seen = await engine.preflight({ source, target }, signal);
  if (mode === 'forced' || earlier !== undefined) return seen;
  const found = [...seen, ...(await silentWorkloads(cluster))];
  const probe = await engine.probeWrite(application, source, signal).catch(refusedFor);
  if (probe.accepted) return found;
  return [...found, `${from} refuses the application's write already: ${probe.seen}`];
}

/** What would not be scaled after the promotion had better be known before it. */
async function silentWorkloads({ config, workload, signal }: ClusterAtWork): Promise<string[]> {
  const looks = workloadsOf(config).map(async (each) => (await workload(each)).read(signal));
  const seen = await Promise.allSettled(looks);
  return seen.flatMap((each) => (each.status === 'rejected' ? [each.reason.message] : []));
}

function refusedFor(error: unknown): WriteProbe {
  if (error instanceof FailoverError) return { accepted: false, seen: error.message };
  throw error;
}

/** The rest of an earlier run fences one of them, whatever it finds; a person should know before. */
function secondPrimary({ world, earlier }: Decided): string[] {
  const writing = primaries(world).map(({ node }) => node);
  if (earlier === undefined || writing.length < 2) return [];
  return [`${writing.join(' and ')} both accept writes`];
}

const slowNames = ({ world }: Decided): string[] =>
  world.names
    .filter(({ state }) => state.ttlSeconds > longestTtlSeconds)
    .map(
      ({ label, state }) =>
        `${label} has a TTL of ${state.ttlSeconds} s; at most ${longestTtlSeconds}`,
    );

/** As the backup machine takes it. */
interface BackupWish {
  readonly source: string;
  readonly failover: { readonly cluster: string; readonly epoch: number };
}

export interface Assessed {
  /** Begun when the names lead to the new primary; false: no source is named. */
  readonly backup: BackupWish | false;
  readonly planHash: string;
  readonly needsApproval: boolean;
  readonly approvalSeconds: number;
}

export async function assess(cluster: ClusterAtWork, run: FailoverRun): Promise<Assessed> {
  await enterStep(cluster, run, { honoursAbort: true });
  const plan = await recorded(cluster, { ...run, step: 'assess' }, async () => {
    const decided = await decideRun(cluster, run);
    sameAs(decided.plan, run.approved);
    return { lines: assessLines(decided.plan), data: decided.plan };
  });
  const { source, approval } = cluster.config;
  const { required, timeout } = approval;
  const failover = { cluster: cluster.name, epoch: run.epoch };
  return {
    backup: source === undefined ? false : { source, failover },
    planHash: plan.hash,
    needsApproval: required && run.approved === null,
    approvalSeconds: durationSeconds(timeout),
  };
}

const assessLines = ({ hash, loss, vantages, warnings }: FailoverPlan): string[] => [
  `plan ${hash}; what may be lost: ${loss.text}`,
  ...vantages.map(({ place, sees, seen }) => `${place} sees it ${sees}: ${seen}`),
  ...warnings,
];

/** What was approved was that plan and that loss: any other is asked about again. */
export function sameAs({ hash, loss }: FailoverPlan, approved: string | null): void {
  if (approved === null || approved === hash) return;
  throw new FailoverRefusedError(
    `the plan ${approved} was approved, and it is ${hash} now; what may be lost: ${loss.text}`,
    { code: 'PLAN_CHANGED', hint: 'Nothing was changed; look at the plan and approve it anew.' },
  );
}

/** A run that was stopped leaves what it said open; what this one says is news all the same. */
const overtaken = (event: 'failover.started' | 'failover.awaiting-approval', cluster: string) =>
  cleared(
    { event, source: cluster },
    { detail: 'That run is over; another one began.', impact: 'Nothing is changed yet' },
  );

/** Asks; the answer comes by the token, from `holdfast failover approve`. */
export async function askApproval(
  cluster: ClusterAtWork,
  { run, token }: { readonly run: FailoverRun; readonly token: string },
): Promise<{ asked: true }> {
  const seconds = durationSeconds(cluster.config.approval.timeout);
  await enterStep(cluster, run, { honoursAbort: true, leaseSeconds: seconds + 3600 });
  const { hash: planHash, from, to } = await readCourse(cluster, run);
  const expiresAt = new Date(cluster.now().getTime() + seconds * 1000).toISOString();
  return recorded(cluster, { ...run, step: 'approval' }, async () => {
    const facts = { cluster: cluster.name, execution: run.execution, planHash };
    const link = await cluster.approvalLink({
      ...{ epoch: run.epoch, planHash },
      expiresAt: new Date(expiresAt),
    });
    const question = awaitingApproval({ ...facts, from, to, expiresAt, link });
    await cluster.tell([overtaken('failover.awaiting-approval', cluster.name), raised(question)]);
    const lines = [`approval of ${planHash} is asked for until ${expiresAt}`];
    return { lines, data: { asked: true, planHash, token, expiresAt } as const };
  });
}
