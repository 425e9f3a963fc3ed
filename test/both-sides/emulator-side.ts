/** The cloud: the emulator's Step Functions, functions of nodejs, tasks in containers. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  paginateGetExecutionHistory,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { localSubstitutions, readMachines } from '../../src/wiring/machines.ts';
import { type GivenNetwork, makeNetwork } from '../cloud/lab/given-network.ts';
import type { Cloud } from '../cloud/lab.ts';
import { clusterArn, functionArn, roleArn, stackTemplate, taskArn } from './emulator-stack.ts';
import type { Observation, Side, TokenAnswer } from './scenario.ts';

const states = 'arn:aws:states:us-east-1:000000000000';
const machineArn = (name: string): string => `${states}:stateMachine:${name}`;
export const executionArn = (machine: string, name: string): string =>
  `${states}:execution:${machine}:${name}`;

export interface EmulatorSide extends Side {
  readonly client: SFNClient;
  close(): void;
}

export async function openEmulatorSide(cloud: Cloud, scriptsPort: number): Promise<EmulatorSide> {
  await createStack(cloud, stackTemplate(scriptsPort));
  const substitutions = { ...given, ...networkOf(await makeNetwork(cloud)) };
  const client = new SFNClient(cloud.client);
  const shipped: Record<string, string> = await readMachines();
  return {
    create: async (name, machine) => {
      const text = typeof machine === 'string' ? shipped[machine] : undefined;
      const definition = substitute(text ?? JSON.stringify(machine), substitutions);
      await client.send(new CreateStateMachineCommand({ name, definition, roleArn }));
    },
    start: async (machine, name, input) => {
      const request = { stateMachineArn: machineArn(machine), name, input: JSON.stringify(input) };
      await client.send(new StartExecutionCommand(request)).catch((error: Error) => {
        throw new Error(`${error.name}: ${error.message}`);
      });
    },
    stop: async (machine, name, cause) => {
      const request = { executionArn: executionArn(machine, name), cause };
      await client.send(new StopExecutionCommand(request));
    },
    answer: (taskToken, answer) => answerToken(client, taskToken, answer),
    observe: (machine, name) => observe(client, executionArn(machine, name)),
    client,
    close: () => client.destroy(),
  };
}

async function createStack(cloud: Cloud, template: object): Promise<void> {
  const client = new CloudFormationClient(cloud.client);
  const stack = { StackName: 'sides' };
  const TemplateBody = JSON.stringify(template);
  await client.send(new CreateStackCommand({ ...stack, TemplateBody }));
  await waitUntilStackCreateComplete({ client, maxWaitTime: 30, minDelay: 1 }, stack);
  client.destroy();
}

/** As CloudFormation does with DefinitionSubstitutions. */
const given: Readonly<Record<string, string>> = {
  ...localSubstitutions,
  ScriptedFunctionArn: functionArn('scripted'),
  PlanFunctionArn: functionArn('plan'),
  VerifyFunctionArn: functionArn('verify'),
  RetainFunctionArn: functionArn('retain'),
  NotifyFunctionArn: functionArn('notify'),
  HealthFunctionArn: functionArn('health'),
  ClusterArn: clusterArn,
  DumpTaskArn: taskArn('sides-task'),
  CopyTaskArn: taskArn('sides-task'),
  ReadTaskArn: taskArn('sides-task'),
  RestoreTaskArn: taskArn('sides-task'),
  DrillTaskArn: taskArn('sides-task'),
  DumpMountedTasks: '{}',
  RestoreMountedTasks: '{}',
  MissingTaskArn: taskArn('sides-missing'),
  BackupMachineArn: machineArn('backup'),
  DrillMachineArn: machineArn('drill'),
};
/** Tasks run only in subnets that are there. */
const networkOf = ({ subnets, securityGroups }: GivenNetwork) => ({
  SubnetA: subnets[0],
  SubnetB: subnets[1],
  TaskSecurityGroup: securityGroups[0],
});

const substitute = (text: string, substitutions: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\{([A-Za-z0-9]+)\}/g, (all, name: string) => substitutions[name] ?? all);

async function answerToken(
  client: SFNClient,
  taskToken: string,
  answer: TokenAnswer,
): Promise<void> {
  if (answer === 'heartbeat') {
    await client.send(new SendTaskHeartbeatCommand({ taskToken }));
  } else if ('output' in answer) {
    const output = JSON.stringify(answer.output);
    await client.send(new SendTaskSuccessCommand({ taskToken, output }));
  } else {
    await client.send(new SendTaskFailureCommand({ taskToken, ...answer }));
  }
}

const pollMilliseconds = 100;

async function observe(client: SFNClient, arn: string): Promise<Observation> {
  const describe = new DescribeExecutionCommand({ executionArn: arn });
  let execution = await client.send(describe);
  while (execution.status === 'RUNNING') {
    await sleep(pollMilliseconds);
    execution = await client.send(describe);
  }
  const { status = '', output, error } = execution;
  return {
    status,
    ...(status === 'SUCCEEDED' && output !== undefined ? { output: JSON.parse(output) } : {}),
    ...(error === undefined ? {} : { error }),
    states: await enteredStates(client, arn),
  };
}

async function enteredStates(client: SFNClient, executionArn: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { events = [] } of paginateGetExecutionHistory({ client }, { executionArn })) {
    names.push(...events.flatMap((event) => event.stateEnteredEventDetails?.name ?? []));
  }
  return names;
}
