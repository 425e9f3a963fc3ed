/** The state machines as they ship, and what their placeholders stand for on one machine. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MachineName, machineNames } from '../core/contracts/machines.ts';
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
  ClusterArn: 'local',
  DumpTaskArn: 'dump',
  CopyTaskArn: 'copy',
  ReadTaskArn: 'read',
  RestoreTaskArn: 'restore',
  DrillTaskArn: 'drill',
  SubnetA: 'local',
  SubnetB: 'local',
  TaskSecurityGroup: 'local',
  AssignPublicIp: 'DISABLED',
};

/** The text of `state-machines/<name>.asl.json`, by name. */
export async function readMachines(): Promise<Record<MachineName, string>> {
  const folder = machinesFolder();
  const texts = await Promise.all(
    machineNames.map((name) => readFile(join(folder, `${name}.asl.json`), 'utf8')),
  );
  const entries = machineNames.map((name, index) => [name, texts[index]] as const);
  return Object.fromEntries(entries) as Record<MachineName, string>;
}
