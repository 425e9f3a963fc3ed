/** Runs the failover machine on this machine, its states told as they are entered. */
import type { FailoverInput, FailoverOutcome } from '../../core/contracts/failover.ts';
import type { ErrorReport } from '../../core/errors.ts';
import type { Site } from '../../wiring/site.ts';
import type { CommandContext } from '../command.ts';
import { clusterOf, endOf } from '../executions/watched.ts';
import { openFailoverRunner, withCluster } from './open.ts';

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

export async function runFailover(
  site: Site,
  context: CommandContext,
  { cluster, mode, to, approved }: Wish,
): Promise<FailoverEnd> {
  const local = await openFailoverRunner(site, context);
  try {
    await local.runner.abortDead('failover', ({ input }) => clusterOf(input) === cluster);
    const input = { cluster, mode, ...(to && { to }), ...(approved && { approved }) };
    const { id } = await local.runner.start('failover', input);
    const stopTelling = tell(local.runner.history, id, context);
    const askAbort = () => void abort(site, cluster, context);
    context.signal.addEventListener('abort', askAbort, { once: true });
    // An interruption asks for an abort: the machine itself knows what has to be undone.
    const record = await local.runner.wait(id).finally(stopTelling);
    return {
      cluster,
      execution: id,
      ...ended(endOf(record), await lastOutcome(site, cluster, id)),
    };
  } finally {
    await local.close();
  }
}

async function abort(site: Site, name: string, context: CommandContext): Promise<void> {
  const { requestAbort } = await import('../../pipeline/failover/claim.ts');
  context.note(`${name}: an abort is asked for; the step under way ends first`);
  await withCluster(site, name, { signal: new AbortController().signal }, requestAbort);
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
  const vault = await site.vaults.openKeyless();
  const claim = await newestClaim(vault.leaseStore, name);
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
