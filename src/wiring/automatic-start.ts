/** Begins a forced failover in a stack without a person: whoever tries twice begins it once. */
import { startMachine } from './start-machine.ts';

export async function startForced(cluster: string, epoch: number): Promise<string> {
  const name = `automatic-${cluster}-${epoch}`;
  const input = { cluster, mode: 'forced' };
  await startMachine({ machine: 'HOLDFAST_FAILOVER_MACHINE', name, input });
  return name;
}
