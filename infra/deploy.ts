/** `npm run deploy`: the stack into the account, the configuration into its vault. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bucketLocation } from '../src/core/bucket-location.ts';
import { layout } from '../src/core/layout.ts';
import { makePackage, type Packaged, type PackageOptions, runFramework } from './package.ts';
import { asleep } from './stack/asleep.ts';
import type { Template } from './stack/changes.ts';
import { recoveryOf } from './stack/recovery.ts';
import { readStage, type Stage } from './stack/stage.ts';

export interface Deployed {
  readonly stack: string;
  /** Where functions and tasks read it. */
  readonly config: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** The stack of the recovery Region, where the stage has one. */
  readonly recovery?: Deployed;
}

export const stackName = (stage: string): string => `holdfast-${stage}`;

/**
 * The configuration goes first, so that no function of the new stack looks for it in vain. Where the stack
 * is yet to make the vault, nothing in it starts by itself until the configuration is there. Safe to
 * repeat. Throws what AWS says.
 */
export async function deployStage(options: PackageOptions): Promise<Deployed> {
  const { recovery, ...own } = await makePackage(options);
  const stage = await readStage(options.config, options.stage);
  const stands = recoveryOf(stage);
  if (recovery === undefined || stands === undefined) return deployPackage(stage, own, options);
  // A bucket replicates into one that is there, and sets are made for a key that is.
  const there = await readStage(options.config, stands);
  const first = await deployPackage(there, recovery, options);
  return { ...(await deployPackage(stage, own, options)), recovery: first };
}

async function deployPackage(
  stage: Stage,
  { folder, config }: Packaged,
  options: PackageOptions,
): Promise<Deployed> {
  const text = await readFile(config);
  const deploy = () =>
    runFramework(['deploy', '--stage', stage.stage, '--package', folder], options.config, {});
  let place = await placeConfig(stage, text);
  if (place === undefined) {
    await whileAsleep(folder, deploy);
    place = await placeConfig(stage, text);
  }
  await deploy();
  return {
    stack: stackName(stage.stage),
    config: String(place),
    outputs: await outputsOf(stage),
  };
}

interface PackagedState {
  readonly service: { readonly provider: { readonly compiledCloudFormationTemplate: Template } };
}

/** The framework deploys the template in its state file; that is as before afterwards. */
async function whileAsleep(folder: string, act: () => Promise<void>): Promise<void> {
  const file = join(folder, 'serverless-state.json');
  const awake = await readFile(file, 'utf8');
  const { service, ...state } = JSON.parse(awake) as PackagedState;
  const { compiledCloudFormationTemplate: template } = service.provider;
  const provider = { ...service.provider, compiledCloudFormationTemplate: asleep(template) };
  await writeFile(file, JSON.stringify({ ...state, service: { ...service, provider } }));
  try {
    await act();
  } finally {
    await writeFile(file, awake);
  }
}

/** `undefined` where the bucket is yet to be made. */
async function placeConfig(
  { config, deployed }: Stage,
  bytes: Uint8Array,
): Promise<string | undefined> {
  const { bucket = '', prefix = '' } = bucketLocation(config.vault.primary.url) ?? {};
  const key = `${prefix}${layout.config(deployed.sha256)}`;
  const { S3 } = await import('@aws-sdk/client-s3');
  const client = new S3(regionOf(config.vault.primary.region));
  try {
    await client.putObject({ Bucket: bucket, Key: key, Body: bytes, IfNoneMatch: '*' });
  } catch (error) {
    const { name } = error as Error;
    if (name === 'NoSuchBucket') return undefined;
    // Its name is its hash: what is there already is the same.
    if (name !== 'PreconditionFailed') throw error;
  } finally {
    client.destroy();
  }
  return `s3://${bucket}/${key}`;
}

const regionOf = (region: string | undefined) => (region === undefined ? {} : { region });

async function outputsOf({ stage, config }: Stage): Promise<Record<string, string>> {
  const { CloudFormation } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormation(regionOf(config.vault.primary.region));
  try {
    const { Stacks } = await client.describeStacks({ StackName: stackName(stage) });
    const outputs = Stacks?.[0]?.Outputs ?? [];
    return Object.fromEntries(
      outputs.map(({ OutputKey, OutputValue }) => [String(OutputKey), String(OutputValue)]),
    );
  } finally {
    client.destroy();
  }
}

/** `undefined` where nothing of the stage is deployed. */
export async function deployedTemplate({ stage, config }: Stage): Promise<Template | undefined> {
  const { CloudFormation } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormation(regionOf(config.vault.primary.region));
  try {
    const { TemplateBody } = await client.getTemplate({ StackName: stackName(stage) });
    return JSON.parse(String(TemplateBody)) as Template;
  } catch (error) {
    if ((error as Error).message.includes('does not exist')) return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}
