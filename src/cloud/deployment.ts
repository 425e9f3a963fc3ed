/** The stack of a stage: where its state machines, keys and vault are, told by its outputs. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { UsageError } from '../core/errors.ts';
import { awsFailure } from './aws-failure.ts';

export const outputNames = [
  'VaultBucket',
  'VaultKeyArn',
  'SigningKeyArn',
  'RecoveryKeyArn',
  'AlertTopicArn',
  'ClusterArn',
  'BackupMachineArn',
  'RestoreMachineArn',
  'DrillMachineArn',
  'VerifyMachineArn',
  'RetainMachineArn',
  'HealthMachineArn',
  'ScheduledMachineArn',
  'FailoverMachineArn',
  'FailoverPlanMachineArn',
  'ApproveMachineArn',
  'ConfigHash',
] as const;
export type OutputName = (typeof outputNames)[number];

export interface Deployment {
  readonly stage: string;
  readonly region: string | undefined;
  /** `holdfast-prod`. */
  readonly stack: string;
  readonly outputs: Readonly<Partial<Record<OutputName, string>>>;
}

export interface Place {
  readonly stage: string;
  /** Of the vault; undefined leaves it to the AWS environment. */
  readonly region: string | undefined;
}

export const stackName = (stage: string): string => `holdfast-${stage}`;

/** What every client of this room is made with. */
export const clientConfig = (region: string | undefined) => ({
  ...(region !== undefined && { region }),
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 },
});

/**
 * Throws UsageError STACK_MISSING, and CloudError.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
 */
export async function findDeployment(
  { stage, region }: Place,
  signal: AbortSignal,
): Promise<Deployment> {
  const stack = stackName(stage);
  const client = new CloudFormationClient(clientConfig(region));
  try {
    const command = new DescribeStacksCommand({ StackName: stack });
    const { Stacks = [] } = await client.send(command, { abortSignal: signal });
    const [found] = Stacks;
    if (found === undefined || found.StackStatus === 'DELETE_COMPLETE') throw missing(stack, stage);
    const outputs = (found.Outputs ?? []).map(({ OutputKey, OutputValue }) => [
      OutputKey,
      OutputValue,
    ]);
    return { stage, region, stack, outputs: Object.fromEntries(outputs) };
  } catch (error) {
    // The service has no error of its own for it: a ValidationError that says so.
    if (/does not exist/.test((error as Error).message)) throw missing(stack, stage, error);
    throw awsFailure(`reading the outputs of the stack ${stack}`, error);
  } finally {
    client.destroy();
  }
}

/** Throws UsageError STACK_OUTPUT_MISSING. */
export function outputOf({ outputs, stack, stage }: Deployment, name: OutputName): string {
  const value = outputs[name];
  if (value !== undefined && value !== '') return value;
  throw new UsageError(`the stack ${stack} has no output ${name}`, {
    code: 'STACK_OUTPUT_MISSING',
    hint: `It was deployed by another version: npm run deploy -- --stage ${stage}`,
  });
}

const missing = (stack: string, stage: string, cause?: unknown): UsageError =>
  new UsageError(`there is no stack ${stack} in this account and Region`, {
    code: 'STACK_MISSING',
    hint: `Make it: npm run deploy -- --stage ${stage}. Without it, --local works on the vault from here.`,
    cause,
  });
