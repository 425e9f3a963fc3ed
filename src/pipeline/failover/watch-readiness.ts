/** Readiness by a schedule: told when it is lost, and when it is back. */
import { cleared, raised } from '../../core/alerts/index.ts';
import { reportError } from '../../core/errors.ts';
import { failoverNotReady } from '../../core/failover/problems.ts';
import type { ClusterAtWork } from './at-work.ts';
import { isUnderWay } from './claim.ts';
import { type Readiness, readiness } from './prepare.ts';

export interface Watched {
  /** Null while a run is under way: it changes what would be looked at. */
  readonly ready: boolean | null;
}

export async function watchReadiness(cluster: ClusterAtWork): Promise<Watched> {
  if (await isUnderWay(cluster)) return { ready: null };
  const { ready, from, to, findings } = await looked(cluster);
  const { name } = cluster;
  if (ready) {
    const detail = `${from} → ${to} would begin.`;
    const impact = 'A planned failover would begin';
    await cluster.tell([
      cleared({ event: 'failover.not-ready', source: name }, { detail, impact }),
    ]);
  } else {
    await cluster.tell([raised(failoverNotReady({ cluster: name, findings }))]);
  }
  return { ready };
}

/** What cannot be looked at is not ready: a name server that is silent, a secret that is gone. */
async function looked(cluster: ClusterAtWork): Promise<Readiness> {
  try {
    return await readiness(cluster);
  } catch (error) {
    cluster.signal.throwIfAborted();
    return { ready: false, from: '', to: '', findings: [reportError(error).message] };
  }
}
