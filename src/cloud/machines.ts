/** The state machines of a deployment, and the ARNs of what ran in them. */
import { UsageError } from '../core/errors.ts';
import { parseExecutionArn } from '../core/executions.ts';
import { allowedWords } from '../core/nearest.ts';
import { type Deployment, type OutputName, outputOf } from './deployment.ts';

const outputs = {
  backup: 'BackupMachineArn',
  restore: 'RestoreMachineArn',
  drill: 'DrillMachineArn',
  verify: 'VerifyMachineArn',
  retain: 'RetainMachineArn',
  health: 'HealthMachineArn',
  scheduled: 'ScheduledMachineArn',
  failover: 'FailoverMachineArn',
  'failover-plan': 'FailoverPlanMachineArn',
  approve: 'ApproveMachineArn',
} as const satisfies Record<string, OutputName>;

const isMachine = (name: string): name is keyof typeof outputs => Object.hasOwn(outputs, name);

/** Throws UsageError MACHINE_NOT_FOUND, STACK_OUTPUT_MISSING. */
export function machineArn(deployment: Deployment, machine: string): string {
  if (isMachine(machine)) return outputOf(deployment, outputs[machine]);
  const known = Object.keys(outputs);
  throw new UsageError(`there is no state machine ${machine}${allowedWords(machine, known)}`, {
    code: 'MACHINE_NOT_FOUND',
    hint: `There are ${known.join(', ')}.`,
  });
}

/** Of those that this deployment has, the one whose executions are named so first. */
export function machineArns(deployment: Deployment, execution = ''): string[] {
  return Object.entries(outputs)
    .filter(([, output]) => deployment.outputs[output] !== undefined)
    .sort(
      ([a], [b]) => Number(execution.startsWith(`${b}-`)) - Number(execution.startsWith(`${a}-`)),
    )
    .map(([machine]) => machineArn(deployment, machine));
}

/**
 * `arn:…:stateMachine:holdfast-prod-backup` and a name → `arn:…:execution:holdfast-prod-backup:name`.
 * A version or an alias at the end is no part of it.
 */
export function executionArn(machine: string, name: string): string {
  const [arn, partition, service, region, account, , stateMachine] = machine.split(':');
  return [arn, partition, service, region, account, 'execution', stateMachine, name].join(':');
}

export const isExecutionArn = (id: string): boolean => parseExecutionArn(id) !== undefined;
