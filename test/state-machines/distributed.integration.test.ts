/** More runs than a state holds: the emulator's Step Functions reads them from the vault, in batches. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListMapRunsCommand,
  paginateListExecutions,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SourceBase } from '../../src/core/config/source.ts';
import type { ScheduledPlan } from '../../src/core/contracts/functions.ts';
import { aesRecipient } from '../../src/pipeline/keys/index.ts';
import { planScheduled } from '../../src/pipeline/plan-scheduled.ts';
import { createOrOpenVault } from '../../src/pipeline/vault/index.ts';
import { readMachines } from '../../src/wiring/machines.ts';
import { startMinistack } from '../servers/ministack.ts';
import type { S3Server } from '../servers/versitygw.ts';
import { createBucket, openIn } from '../storage/s3/buckets.ts';

const account = 'us-east-1:000000000000';
const machineArn = (name: string) => `arn:aws:states:${account}:stateMachine:${name}`;
const roleArn = 'arn:aws:iam::000000000000:role/any';
const sources = 105;
const timing = { expression: 'rate(1 day)', timezone: 'UTC' };

let server: S3Server;
let client: SFNClient;

beforeAll(async () => {
  server = await startMinistack({
    program: resolve(import.meta.dirname, '../cloud/lab/emulator.py'),
  });
  const connection = { region: 'us-east-1', ...server };
  client = new SFNClient(connection);
  await createPlanFunction(await planOfMany(), new CloudFormationClient(connection));
  await createMachine('backup', JSON.stringify(backup));
  const { scheduled } = await readMachines();
  await createMachine('scheduled', scheduled);
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

/** `source-7` fails. */
const backup = {
  QueryLanguage: 'JSONata',
  StartAt: 'Which?',
  States: {
    'Which?': {
      Type: 'Choice',
      Choices: [{ Condition: "{% $states.input.source = 'source-7' %}", Next: 'Fail' }],
      Default: 'Done',
    },
    Fail: { Type: 'Fail', Error: 'SourceError', Cause: 'no answer' },
    Done: { Type: 'Pass', Output: { outcome: 'good' }, End: true },
  },
};

/** As the plan function makes it, its list in the bucket. */
async function planOfMany(): Promise<ScheduledPlan> {
  const bucket = await createBucket(server, 'plain');
  const url = `s3://${bucket}/team`;
  const store = await openIn(server, { url });
  const source: SourceBase = {
    engine: 'files',
    after: [],
    policies: { daily: { schedule: timing.expression, timezone: timing.timezone } },
  };
  const names = Array.from({ length: sources }, (_, index) => `source-${index}`);
  const recipients = [aesRecipient(randomBytes(32).toString('base64'))];
  const config = {
    sources: Object.fromEntries(names.map((name) => [name, source])),
    vault: { primary: { url }, copies: [], encryption: { key: 'env:KEY' } },
    deploy: {},
  };
  return planScheduled(
    { ...timing, scheduledTime: '2026-11-21T02:00:00Z' },
    {
      config,
      execution: 'first',
      openVault: () => createOrOpenVault({ store, recipients, now: () => new Date() }),
    },
  );
}

async function createPlanFunction(
  plan: ScheduledPlan,
  stacks: CloudFormationClient,
): Promise<void> {
  const ZipFile = `exports.handler = async () => (${JSON.stringify(plan)});`;
  const Properties = {
    FunctionName: 'plan',
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role: roleArn,
    Code: { ZipFile },
  };
  const TemplateBody = JSON.stringify({
    Resources: { Plan: { Type: 'AWS::Lambda::Function', Properties } },
  });
  const stack = { StackName: 'plan' };
  await stacks.send(new CreateStackCommand({ ...stack, TemplateBody }));
  const waiting = { client: stacks, maxWaitTime: 30, minDelay: 1 };
  await waitUntilStackCreateComplete(waiting, stack);
  stacks.destroy();
}

async function createMachine(name: string, text: string): Promise<void> {
  const values: Readonly<Record<string, string>> = {
    PlanFunctionArn: `arn:aws:lambda:${account}:function:plan`,
    BackupMachineArn: machineArn('backup'),
    DrillMachineArn: machineArn('drill'),
  };
  const definition = text.replaceAll(/\$\{(\w+)\}/g, (_, id: string) => values[id] ?? id);
  await client.send(new CreateStateMachineCommand({ name, definition, roleArn }));
}

async function fire() {
  const input = JSON.stringify({ ...timing, scheduledTime: '2026-11-21T02:00:00Z' });
  const request = { stateMachineArn: machineArn('scheduled'), input };
  const { executionArn } = await client.send(new StartExecutionCommand(request));
  for (;;) {
    const ended = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (ended.status !== 'RUNNING') return ended;
    await sleep(100);
  }
}

async function countBackups(): Promise<number> {
  let count = 0;
  const pages = paginateListExecutions({ client }, { stateMachineArn: machineArn('backup') });
  for await (const { executions = [] } of pages) count += executions.length;
  return count;
}

test('a list in the vault is run in batches, each run once, whatever one of them does', async () => {
  const { executionArn, output } = await fire();
  expect(JSON.parse(output ?? '{}')).toEqual({ due: sources, started: sources, failed: 1 });
  expect(await countBackups()).toBe(sources);
  const { mapRuns = [] } = await client.send(new ListMapRunsCommand({ executionArn }));
  expect(mapRuns).toHaveLength(1);
});
