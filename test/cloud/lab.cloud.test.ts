import {
  CloudFormationClient,
  CreateStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import oneTask from './lab/one-task.json' with { type: 'json' };
import { type Cloud, startCloud } from './lab.ts';

let cloud: Cloud;
let sfn: SFNClient;
let logs: CloudWatchLogsClient;

async function deployTask(): Promise<void> {
  const cloudFormation = new CloudFormationClient(cloud.client);
  const StackName = 'one-task';
  const TemplateBody = JSON.stringify(oneTask);
  await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }));
  const limits = { client: cloudFormation, maxWaitTime: 30, minDelay: 1 };
  await waitUntilStackCreateComplete(limits, { StackName });
  cloudFormation.destroy();
}

/** Runs the script in a container and waits for the end of the execution. */
async function runScript(script: string) {
  const stateMachineArn = `arn:aws:states:${cloud.region}:${cloud.account}:stateMachine:one-task`;
  const input = JSON.stringify({ script });
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input }));
  const describe = () => sfn.send(new DescribeExecutionCommand({ executionArn }));
  await expect.poll(async () => (await describe()).status, { timeout: 60_000 }).not.toBe('RUNNING');
  return describe();
}

async function printed(): Promise<string[]> {
  const command = new FilterLogEventsCommand({ logGroupName: '/one-task' });
  return ((await logs.send(command)).events ?? []).map(({ message = '' }) => message);
}

describe.skipIf(inject('noContainers') !== '')('the emulator with containers', () => {
  beforeAll(async () => {
    cloud = await startCloud();
    sfn = new SFNClient(cloud.client);
    logs = new CloudWatchLogsClient(cloud.client);
    await deployTask();
  });
  afterAll(async () => {
    sfn?.destroy();
    logs?.destroy();
    await cloud?.stop();
  });

  test('a task is one PascalCase object, and its output is in the log group', async () => {
    const { status, output = '' } = await runScript('echo "hello from $GREETING"');
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(output)).toMatchObject({
      StopCode: 'EssentialContainerExited',
      Containers: [{ Name: 'task', ExitCode: 0 }],
    });
    await expect.poll(printed).toContain('hello from a secret');
  });

  test('another exit status than 0 fails the state, with the task as its cause', async () => {
    const { status, error, cause = '' } = await runScript('exit 75');
    expect([status, error]).toEqual(['FAILED', 'States.TaskFailed']);
    expect(JSON.parse(cause)).toMatchObject({ Containers: [{ ExitCode: 75 }] });
  });

  test('root file system, user, memory and credentials are those of the task definition', async () => {
    const script = `touch /made 2>/dev/null || echo read-only; id -u
      cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null
      echo "\${AWS_CONTAINER_CREDENTIALS_FULL_URI%/*}"; echo "$AWS_ENDPOINT_URL"`;
    expect((await runScript(script)).status).toBe('SUCCEEDED');
    const lines = [
      'read-only',
      '10001',
      String(512 * 1024 * 1024),
      `${cloud.endpoint}/v2/credentials`,
      cloud.endpoint,
    ];
    await expect.poll(printed).toEqual(expect.arrayContaining(lines));
  });
});
