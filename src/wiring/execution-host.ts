/**
 * Who holds a claim where steps are functions: not a process, which lives for one step and may be copied, but the
 * execution. Step Functions knows whether it still runs.
 */
import type { LeaseHost } from '../pipeline/vault/lease-owner.ts';

/** `arn:…:execution:holdfast-prod-failover`, told by the stack. */
const executions = (): string | undefined => process.env['HOLDFAST_FAILOVERS'];

export const isDeployed = (): boolean => executions() !== undefined;

/** `undefined` on one machine. */
export function deployedExecution(name: string): string | undefined {
  const prefix = executions();
  return prefix === undefined ? undefined : `${prefix}:${name}`;
}

const self = {
  machine: 'aws-step-functions',
  boot: 'none',
  pidNamespace: 'none',
  pid: 0,
  processStart: 'none',
} as const;

/** Of a step that only renews what its own execution holds. */
export const executionHost: LeaseHost = { self, look: () => 'unknown' };

/** Of the step that claims: `holder` is the execution that holds the newest claim. */
export async function hostLookingAt(holder: string): Promise<LeaseHost> {
  const state = await stateOf(deployedExecution(holder) ?? holder);
  return { self, look: ({ machine }) => (machine === self.machine ? state : 'unknown') };
}

/** An execution that nobody can tell of holds its claim until it expires. */
async function stateOf(executionArn: string): Promise<ReturnType<LeaseHost['look']>> {
  const { SFN } = await import('@aws-sdk/client-sfn');
  const client = new SFN({});
  try {
    const { status } = await client.describeExecution({ executionArn });
    return status === 'RUNNING' || status === 'PENDING_REDRIVE' ? 'alive' : 'dead';
  } catch (error) {
    if ((error as Error).name === 'ExecutionDoesNotExist') return 'dead';
    return 'unknown';
  } finally {
    client.destroy();
  }
}
