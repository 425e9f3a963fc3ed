/** What a failover scales, one line each. */
import { type WorkloadConfig, workloadName } from '../core/config/around.ts';
import type { Workload } from '../core/ports/workload.ts';
import { ecsService } from './ecs.ts';
import { kubernetesDeployment } from './kubernetes.ts';

/** Asks nobody yet. */
export function openWorkload(config: WorkloadConfig): Workload {
  const label = workloadName(config);
  return 'ecs' in config
    ? ecsService(label, config.ecs)
    : kubernetesDeployment(label, config.kubernetes);
}
