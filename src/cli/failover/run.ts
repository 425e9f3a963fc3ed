/** Runs the failover machine, here or in the deployment, its states told as they are entered. */
import type { FailoverInput, FailoverOutcome } from '../../core/contracts/failover.ts';
import type { ErrorReport } from '../../core/errors.ts';
import type { Site } from '../../wiring/site.ts';
import type { CommandContext } from '../command.ts';
import { clusterOf, endOf } from '../executions/watched.ts';
import type { LocalRunner } from '../local-runner.ts';
import { openFailoverRunner } from './open.ts';

export interface FailoverEnd {
  readonly cluster: string;
  readonly outcome: FailoverOutcome;
  readonly execution: string;
  readonly epoch: number | null;
  readonly error?: ErrorReport;
}

interface Wish extends Pick<FailoverInput, 'cluster' | 'mode'> {
  readonly to?: string | undefined;
  readonly approved?: string | undefined;
}

const lookMilliseconds = 100;

/** An interruption asks for an abort: the machine itself knows what has to be undone. */
export async function runFailover(
  site: Site,
  context: CommandContext,
  { cluster, mode, to, approved }: Wish,
): Promise<FailoverEnd> {
  const input = { cluster, mode, ...(to && { to }), ...(approved && { approved }) };
  const { findFailovers } = await import('./deployed.ts');
  const failovers = await findFailovers(site, context);
  const interrupted = () => void abort(site, cluster, context);
  const { id, end } =
    failovers === undefined
      ? await runHere(site, context, { input, interrupted })
      : await failovers.run('failover', input, interrupted);
  return { cluster, execution: id, ...ended(end, await lastOutcome(site, cluster, id)) };
}

interface Run {
  readonly input: { readonly cluster: string; readonly mode: string };
  readonly interrupted: () => void;
}

async function runHere(site: Site, context: CommandContext, { input, interrupted }: Run) {
  const local = await openFailoverRunner(site, context);
  try {
    await local.runner.abortDead('failover', (run) => clusterOf(run.input) === input.cluster);
    const { id } = await local.runner.start('failover', input);
    const stopTelling = tell(local.runner.history, id, context);
    context.signal.addEventListener('abort', interrupted, { once: true });
    const record = await local.runner.wait(id).finally(stopTelling);
    await untilBackedUp(local, id, context);
    return { id, end: endOf(record) };
  } finally {
    await local.close();
  }
}

/** It runs in this process: the failover is over, and the command stays until the backup is too. */
async function untilBackedUp(
  { runner }: LocalRunner,
  parent: string,
  { note, signal }: CommandContext,
): Promise<void> {
  const children = runner.list({ machine: 'backup' }).filter((each) => each.parent === parent);
  for (const { id } of children) {
    note(`  a full backup on the new timeline: ${id}`);
    const { status } = await runner.wait(id, signal).catch(() => ({ status: 'left to resume' }));
    note(`  ${id}: ${status}`);
  }
}

async function abort(site: Site, name: string, context: CommandContext): Promise<void> {
  context.note(`${name}: an abort is asked for; the step under way ends first`);
  await askAbort(site, name);
}

/** `false`: nothing runs. */
export async function askAbort({ vaults, now }: Site, name: string): Promise<boolean> {
  const { requestAbort } = await import('../../pipeline/failover/claim.ts');
  const { failoverPlace } = await import('../../wiring/cluster-at-work.ts');
  const { localLeaseHost } = await import('../../pipeline/vault/lease-owner.ts');
  const { leaseStore } = await failoverPlace({ vaults });
  return requestAbort({ name, leaseStore, host: localLeaseHost(), now });
}

function tell(
  history: (id: string) => readonly { readonly type: string; readonly details?: unknown }[],
  id: string,
  { note }: CommandContext,
): () => void {
  let told = 0;
  const look = (): void => {
    const events = history(id);
    for (const { type, details } of events.slice(told)) {
      const { name } = (details ?? {}) as { readonly name?: string };
      if (type === 'TaskStateEntered' && name !== undefined) note(`  ${name}`);
    }
    told = events.length;
  };
  const timer = setInterval(look, lookMilliseconds);
  return () => {
    clearInterval(timer);
    look();
  };
}

interface Known {
  readonly outcome: FailoverOutcome;
  readonly epoch: number;
}

/** How this execution ended, by its claim; `undefined` where it never got one. */
async function lastOutcome(
  site: Site,
  name: string,
  execution: string,
): Promise<Known | undefined> {
  const { newestClaim } = await import('../../pipeline/failover/claim.ts');
  const { failoverPlace } = await import('../../wiring/cluster-at-work.ts');
  const place = await failoverPlace(site);
  const claim = await newestClaim(place.leaseStore, name);
  if (claim?.execution !== execution || claim.ended === null) return undefined;
  return { outcome: claim.ended as FailoverOutcome, epoch: claim.epoch };
}

function ended(end: ReturnType<typeof endOf>, known: Known | undefined) {
  const outcome = known?.outcome ?? 'refused';
  const error = end.ok ? {} : { error: end.error };
  return { outcome, epoch: known?.epoch ?? null, ...error };
}

/** A run that nobody approved was refused by silence. */
export function exitCodeOf({ outcome, error }: FailoverEnd): number {
  if (outcome === 'succeeded') return 0;
  if (outcome === 'exposed') return 23;
  if (outcome === 'rolled-back') return 20;
  if (error !== undefined && error.exitCode !== 1) return error.exitCode;
  if (outcome !== 'refused') return 1;
  return error?.name === 'States.Timeout' ? 22 : 21;
}
