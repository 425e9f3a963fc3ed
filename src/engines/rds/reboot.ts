/** Ends the sessions of a server that takes none of ours: it may be dead, or only not be reached from here. */
import type { ClusterNode } from '../../core/ports/failover-engine.ts';
import { apiOf, rdsOf } from './instance.ts';
import { isService } from './service-failure.ts';
import { until } from './until.ts';

const rebootSeconds = 80;

/** What was done, for people. Rejects where RDS may not be asked. */
export async function rebootToEnd(
  node: ClusterNode,
  why: string,
  signal: AbortSignal,
): Promise<string> {
  const { instance } = rdsOf(node);
  try {
    const ready = ({ status }: { readonly status: string }) => status === 'available';
    await until(node, { seconds: 20, signal, is: ready });
    const asked = { action: `RebootDBInstance of ${instance}`, signal };
    await apiOf(node).order(asked, (rds, options) =>
      rds.rebootDBInstance({ DBInstanceIdentifier: instance }, options),
    );
    const { done, seen } = await until(node, { seconds: rebootSeconds, signal, is: ready });
    return done
      ? `rebooted, which ends every session (${why})`
      : `a reboot was ordered to end every session, and ${seen} (${why})`;
  } catch (error) {
    // One that RDS itself calls broken cannot be rebooted.
    if (!isService(error, 'RDS_STATE', 'RDS_UNREACHABLE') && !isBroken(error)) throw error;
    return `its sessions could NOT be ended: ${(error as Error).message} (${why})`;
  }
}

const isBroken = (error: unknown): boolean =>
  (error as { code?: unknown }).code === 'RDS_INSTANCE_FAILED';
