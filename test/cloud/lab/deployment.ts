/** Deploys what `npm run package` makes, as the framework does: buckets for the code first, then the stack. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { makePackage, type Packaged, readTemplate } from '../../../infra/package.ts';
import { type Cloud, inRegion } from '../lab.ts';

export interface DeployOptions {
  readonly stage: string;
  /** holdfast.yaml. */
  readonly config: string;
  /** Where the package is made. */
  readonly folder: string;
  /** Limits of functions, in seconds, instead of the package's own. */
  readonly timeouts?: Readonly<Record<string, number>>;
  /** Of `deploy.recovery`, where the stage has one. */
  readonly recoveryRegion?: string;
}

export interface Deployment {
  readonly stackName: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Packages the configuration as it is now, and updates the stack. */
  update(): Promise<Deployment>;
  /** Of the recovery Region. */
  readonly recovery?: DeployedStack;
}

export type DeployedStack = Pick<Deployment, 'stackName' | 'outputs'>;

export async function deploy(cloud: Cloud, options: DeployOptions): Promise<Deployment> {
  const stackName = `holdfast-${options.stage}`;
  const packaged = await makePackage(options);
  const { recoveryRegion = '', timeouts = {} } = options;
  const there = { stackName: `${stackName}-recovery`, timeouts };
  const recovery =
    packaged.recovery &&
    (await deployPackage(inRegion(cloud, recoveryRegion), there, packaged.recovery));
  const deployed = await deployPackage(cloud, { stackName, timeouts }, packaged);
  return { ...deployed, ...(recovery && { recovery }), update: () => deploy(cloud, options) };
}

interface Named {
  readonly stackName: string;
  readonly timeouts: Readonly<Record<string, number>>;
}

async function deployPackage(
  cloud: Cloud,
  { stackName, timeouts }: Named,
  packaged: Packaged,
): Promise<DeployedStack> {
  const client = new CloudFormationClient(cloud.client);
  try {
    const stack = { client, stackName };
    await createIfAbsent(stack, packaged.folder);
    const before = await outputsOf(stack);
    const bucket = String(before['ServerlessDeploymentBucketName']);
    await setTimeouts(packaged.template, timeouts);
    await putCode(cloud, { ...packaged, bucket });
    await update(stack, `${cloud.endpoint}/${bucket}/${templateKey}`);
    const outputs = await outputsOf(stack);
    await putConfig(cloud, String(outputs['VaultBucket']), packaged.config);
    return { stackName, outputs };
  } finally {
    client.destroy();
  }
}

async function setTimeouts(
  file: string,
  timeouts: Readonly<Record<string, number>>,
): Promise<void> {
  const template = await readTemplate(file);
  for (const [name, seconds] of Object.entries(timeouts)) {
    const id = `${name[0]?.toUpperCase()}${name.slice(1)}LambdaFunction`;
    Object.assign(template.Resources[id]?.Properties ?? {}, { Timeout: seconds });
  }
  await writeFile(file, JSON.stringify(template));
}

interface Stack {
  readonly client: CloudFormationClient;
  readonly stackName: string;
}

const waiting = { maxWaitTime: 120, minDelay: 1, maxDelay: 1 };
const Capabilities = ['CAPABILITY_IAM' as const, 'CAPABILITY_NAMED_IAM' as const];

async function createIfAbsent({ client, stackName }: Stack, folder: string): Promise<void> {
  const known = await client
    .send(new DescribeStacksCommand({ StackName: stackName }))
    .catch(() => undefined);
  if (known?.Stacks?.length) return;
  const file = join(folder, 'cloudformation-template-create-stack.json');
  const TemplateBody = await readFile(file, 'utf8');
  await client.send(new CreateStackCommand({ StackName: stackName, TemplateBody, Capabilities }));
  await waitUntilStackCreateComplete({ client, ...waiting }, { StackName: stackName });
}

async function update({ client, stackName }: Stack, TemplateURL: string): Promise<void> {
  await client.send(new UpdateStackCommand({ StackName: stackName, TemplateURL, Capabilities }));
  try {
    await waitUntilStackUpdateComplete({ client, ...waiting }, { StackName: stackName });
  } catch (cause) {
    throw new Error(`${stackName} was not deployed: ${await failures({ client, stackName })}`, {
      cause,
    });
  }
}

async function failures({ client, stackName }: Stack): Promise<string> {
  const { StackEvents = [] } = await client.send(
    new DescribeStackEventsCommand({ StackName: stackName }),
  );
  return StackEvents.filter(({ ResourceStatusReason }) => ResourceStatusReason)
    .map(
      (event) =>
        `${event.LogicalResourceId}: ${event.ResourceStatus} ${event.ResourceStatusReason}`,
    )
    .join('\n');
}

async function outputsOf({ client, stackName }: Stack): Promise<Record<string, string>> {
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
  const entries = Stacks?.[0]?.Outputs ?? [];
  return Object.fromEntries(entries.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
}

/** Too large to be sent with the request. */
const templateKey = 'template.json';

interface Code {
  readonly folder: string;
  readonly template: string;
  readonly bucket: string;
}

async function putCode(cloud: Cloud, { folder, template, bucket }: Code): Promise<void> {
  const { Resources } = await readTemplate(template);
  const functions = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  const keys = functions.map(({ Properties }) => (Properties['Code'] as { S3Key: string }).S3Key);
  const s3 = new S3Client(cloud.client);
  const Body = await readFile(template);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: templateKey, Body }));
  for (const key of keys) {
    const Body = await readFile(join(folder, basename(key)));
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
  }
  s3.destroy();
}

async function putConfig(cloud: Cloud, bucket: string, file: string): Promise<void> {
  const Body = await readFile(file);
  const Key = `config/${createHash('sha256').update(Body).digest('hex')}.json`;
  const s3 = new S3Client(cloud.client);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  s3.destroy();
}
