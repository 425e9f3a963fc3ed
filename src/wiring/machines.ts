/** The state machines as they ship, and what their placeholders stand for on one machine. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ClusterMachineName,
  clusterMachineNames,
  type FailoverFunction,
  failoverFunctions,
  type LocalMachineName,
  localMachineNames,
  type MachineName,
  machineNames,
} from '../core/contracts/machines.ts';
import { machinesFolder } from './programs.ts';

const functionArn = (name: string): string =>
  `arn:aws:lambda:local:000000000000:function:holdfast-${name}`;

/** The keys under which the runner is given the handlers of `functions/`. */
export const localFunctions = {
  plan: functionArn('plan'),
  verify: functionArn('verify'),
  retain: functionArn('retain'),
  notify: functionArn('notify'),
  health: functionArn('health'),
} as const;

export { type FailoverFunction, failoverFunctions };

/** Of drills: on one machine only. */
export const localFailoverFunctions = ['drilled'] as const;
export type LocalFailoverFunction = (typeof localFailoverFunctions)[number];

export const failoverArn = (name: FailoverFunction | LocalFailoverFunction): string =>
  functionArn(`failover-${name}`);

/** A link and a schedule of a stack call their functions themselves: no machine does. */
const called = failoverFunctions.filter((name) => name !== 'approval-link' && name !== 'watch');
const failoverSubstitutions = Object.fromEntries(
  [...called, ...localFailoverFunctions].map((name) => [
    `Failover${pascal(name)}FunctionArn`,
    failoverArn(name),
  ]),
);

function pascal(name: string): string {
  return name.replaceAll(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}

const machineArn = (name: MachineName): string =>
  `arn:aws:states:local:000000000000:stateMachine:${name}`;

/** CloudFormation's `DefinitionSubstitutions`, for one machine. */
export const localSubstitutions: Readonly<Record<string, string>> = {
  PlanFunctionArn: localFunctions.plan,
  VerifyFunctionArn: localFunctions.verify,
  RetainFunctionArn: localFunctions.retain,
  NotifyFunctionArn: localFunctions.notify,
  HealthFunctionArn: localFunctions.health,
  BackupMachineArn: machineArn('backup'),
  DrillMachineArn: machineArn('drill'),
  RetainMachineArn: machineArn('retain'),
  ClusterArn: 'local',
  DumpTaskArn: 'dump',
  CopyTaskArn: 'copy',
  ReadTaskArn: 'read',
  RestoreTaskArn: 'restore',
  DrillTaskArn: 'drill',
  FailoverDrillTaskArn: 'failover-drill',
  DumpMountedTasks: '{}',
  RestoreMountedTasks: '{}',
  SubnetA: 'local',
  SubnetB: 'local',
  TaskSecurityGroup: 'local',
  AssignPublicIp: 'DISABLED',
  ...failoverSubstitutions,
};

type AnyMachineName = MachineName | ClusterMachineName | LocalMachineName;

/** The text of `state-machines/<name>.asl.json`, by name. */
export async function readMachines(): Promise<Record<AnyMachineName, string>> {
  const folder = machinesFolder();
  const names = [...machineNames, ...clusterMachineNames, ...localMachineNames];
  const entries = await Promise.all(
    names.map(
      async (name) => [name, await readFile(join(folder, `${name}.asl.json`), 'utf8')] as const,
    ),
  );
  return Object.fromEntries(entries) as Record<AnyMachineName, string>;
}
