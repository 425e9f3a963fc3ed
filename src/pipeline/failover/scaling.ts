/** Services around the database, scaled: away before the fence, up again when the names lead to the new primary. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Activate, type Freeze, scaledBy, workloadName } from '../../core/config/around.ts';
import { durationSeconds } from '../../core/config/values.ts';
import type { FailoverRun } from '../../core/contracts/failover.ts';
import type { Workload } from '../../core/ports/workload.ts';
import type { ClusterAtWork } from './at-work.ts';
import { isScaling, lastCount } from './frozen-counts.ts';

const [firstPollMilliseconds, longestPollMilliseconds] = [250, 5000];

/** A forced run goes on where that fails: the fence ends the sessions of who is left. */
export async function scaleDown(
  cluster: ClusterAtWork,
  what: Freeze,
  { from, mode }: { readonly from: string; readonly mode: string },
): Promise<string> {
  const scaled = scaledBy(what);
  if (scaled === undefined) throw new TypeError('nothing is scaled by this step');
  const { workload, count, node } = scaled;
  const name = workloadName(workload);
  if (node !== undefined && node !== from) return `${name} is of ${node}, and stays`;
  try {
    await (await cluster.workload(workload)).scale(count, cluster.signal);
    return `${name} → ${count}`;
  } catch (error) {
    if (mode === 'planned' || !isScaling(error)) throw error;
    return `${name} was NOT scaled to ${count}: ${error.message}`;
  }
}

/** Scales and waits until all are up. Throws an error that says how many are. */
export async function scaleUp(
  cluster: ClusterAtWork,
  run: FailoverRun,
  { what, to }: { readonly what: Activate; readonly to: string },
): Promise<string> {
  const scaled = scaledBy(what);
  if (scaled === undefined) throw new TypeError('nothing is scaled by this step');
  const { workload, node, within = '5m' } = scaled;
  const name = workloadName(workload);
  if (node !== undefined && node !== to) return `${name} is of ${node}, and stays`;
  const count = scaled.count ?? (await lastCount(cluster, run, name));
  if (count === undefined)
    throw new Error(`${name}: how many it had is on no record; give a count`);
  const opened = await cluster.workload(workload);
  await opened.scale(count, cluster.signal);
  return untilRunning(opened, { count, within, signal: cluster.signal });
}

async function untilRunning(
  workload: Workload,
  {
    count,
    within,
    signal,
  }: { readonly count: number; readonly within: string; readonly signal: AbortSignal },
): Promise<string> {
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  for (let pause = firstPollMilliseconds; ; pause = Math.min(pause * 2, longestPollMilliseconds)) {
    const { desired, running } = await workload.read(signal);
    if (desired === count && running === count) {
      return `${workload.label} → ${count}, all up after ${seconds().toFixed(1)} s`;
    }
    if (seconds() > durationSeconds(within)) {
      throw new Error(`${workload.label}: ${running} of ${count} are up after ${within}`);
    }
    await sleep(pause, undefined, { signal });
  }
}
