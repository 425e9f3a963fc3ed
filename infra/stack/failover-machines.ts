/** The state machines of `clusters:`, from the same files as on one machine. */
import { readFile } from 'node:fs/promises';
import {
  type ClusterMachineName,
  clusterMachineNames,
  failoverFunctions,
} from '../../src/core/contracts/machines.ts';
import { backupMachine } from './failover-roles.ts';
import { arnOf, pascal, ref } from './names.ts';
import type { Resources } from './resource.ts';
import { forText } from './substitutions.ts';

const folder = new URL('../../state-machines/', import.meta.url);

export async function failoverMachines(stage: string): Promise<Resources> {
  const machines = clusterMachineNames.map(async (name) => [
    `${pascal(name)}Machine`,
    await machine(stage, name),
  ]);
  return Object.fromEntries(await Promise.all(machines)) as Resources;
}

async function machine(stage: string, name: ClusterMachineName): Promise<Resources[string]> {
  const text = await readFile(new URL(`${name}.asl.json`, folder), 'utf8');
  return {
    Type: 'AWS::StepFunctions::StateMachine',
    // The linter knows numbers alone where JSONata may stand: the time for an approval is one of the plan's.
    Metadata: { 'cfn-lint': { config: { ignore_checks: ['E3601'] } } },
    Properties: {
      StateMachineName: `holdfast-${stage}-${name}`,
      Definition: JSON.parse(text),
      DefinitionSubstitutions: forText(text, {
        ...functionVersions,
        BackupMachineArn: backupMachine(stage),
      }),
      RoleArn: arnOf(`${pascal(name)}MachineRole`),
      LoggingConfiguration: {
        // Every state, without the data: the history has it for 90 days.
        Level: 'ALL',
        IncludeExecutionData: false,
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: arnOf('MachineLogs') } }],
      },
      TracingConfiguration: { Enabled: true },
    },
  };
}

/** infra/function-versions.cjs knows the versions by their own names. */
const functionVersions = Object.fromEntries(
  failoverFunctions.map((name) => [
    `Failover${pascal(name)}FunctionArn`,
    ref(`Failover${pascal(name)}FunctionVersion`),
  ]),
);
