/** A stack with the outputs of a deployment, whose state machines do as their input says. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import type { S3Server } from '../servers/versitygw.ts';

/** Source `fails` fails after two seconds, `waits` waits, any other is done at once. */
const definition = {
  QueryLanguage: 'JSONata',
  StartAt: 'Plan',
  States: {
    Plan: {
      Type: 'Choice',
      Choices: [
        { Condition: "{% $states.input.source = 'waits' %}", Next: 'Wait' },
        { Condition: "{% $states.input.source = 'fails' %}", Next: 'Dump' },
      ],
      Default: 'Done',
    },
    Wait: { Type: 'Wait', Seconds: 60, Next: 'Done' },
    Dump: { Type: 'Wait', Seconds: 2, Next: 'Break' },
    Break: {
      Type: 'Fail',
      Error: 'States.TaskFailed',
      Cause: JSON.stringify({ Containers: [{ Name: 'task', ExitCode: 1 }], StoppedReason: 'x' }),
    },
    // The emulator leaves out the Output of a Succeed.
    Done: { Type: 'Pass', Output: { outcome: 'skipped', backupId: null }, End: true },
  },
};

const machines = ['Backup', 'Restore', 'Drill', 'Verify', 'Retain', 'Health'] as const;

const machineOf = (stage: string, name: string) => ({
  Type: 'AWS::StepFunctions::StateMachine',
  Properties: {
    StateMachineName: `holdfast-${stage}-${name.toLowerCase()}`,
    Definition: definition,
    RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
  },
});

const role = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'states.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      ],
    },
  },
};

/** They outlive the stack. */
const keys = {
  VaultKey: { Type: 'AWS::KMS::Key', DeletionPolicy: 'Retain', Properties: { KeyPolicy: {} } },
  SigningKey: {
    Type: 'AWS::KMS::Key',
    DeletionPolicy: 'Retain',
    Properties: { KeyPolicy: {}, KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  },
};

export async function createSmallStack(server: S3Server, stage: string): Promise<void> {
  const client = new CloudFormationClient({ ...server, region: 'us-east-1' });
  const entries = machines.map((name) => [`${name}Machine`, machineOf(stage, name)]);
  const outputs = machines.map((name) => [
    `${name}MachineArn`,
    { Value: { Ref: `${name}Machine` } },
  ]);
  const StackName = `holdfast-${stage}`;
  const TemplateBody = JSON.stringify({
    Resources: { Role: role, ...keys, ...Object.fromEntries(entries) },
    Outputs: {
      ...Object.fromEntries(outputs),
      VaultKeyArn: { Value: { 'Fn::GetAtt': ['VaultKey', 'Arn'] } },
      SigningKeyArn: { Value: { 'Fn::GetAtt': ['SigningKey', 'Arn'] } },
    },
  });
  await client.send(
    new CreateStackCommand({ StackName, TemplateBody, Capabilities: ['CAPABILITY_IAM'] }),
  );
  await waitUntilStackCreateComplete({ client, maxWaitTime: 30, minDelay: 1 }, { StackName });
  client.destroy();
}

/** What finds the server: for this process, and for programs. */
export const environmentOf = ({ endpoint, credentials }: S3Server) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_REGION: 'us-east-1',
});

export async function deleteSmallStack(server: S3Server, stage: string): Promise<void> {
  const client = new CloudFormationClient({ ...server, region: 'us-east-1' });
  const StackName = `holdfast-${stage}`;
  await client.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete({ client, maxWaitTime: 30, minDelay: 1 }, { StackName });
  client.destroy();
}
