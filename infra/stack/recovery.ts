/** What is particular to the two stacks of a deployment with a recovery Region. */
import { recoveryCopy } from '../../src/core/config/recovery.ts';
import { recoveryStage } from '../../src/core/config/stages.ts';
import { recoveryAlias, sub, type Value } from './names.ts';
import type { Stage } from './stage.ts';

interface Pair {
  /** The stage whose sources are backed up. */
  readonly stage: string;
  /** Of the recovery stack. */
  readonly region: string;
}

/** Undefined where there is one stack alone. */
function pairOf({ stage, config, recovers }: Stage): Pair | undefined {
  const region =
    recovers === undefined ? config.deploy.recovery?.region : config.vault.primary.region;
  return region === undefined ? undefined : { stage: recovers ?? stage, region };
}

/** By its alias, which both stacks know before either is there. */
export function recoveryEnvironment(stage: Stage): Readonly<Record<string, Value>> {
  const arn = recoveryKeyArn(stage);
  return arn === undefined ? {} : { HOLDFAST_RECOVERY_KEY_ARN: arn };
}

export function recoveryOutputs(stage: Stage): Readonly<Record<string, { readonly Value: Value }>> {
  const arn = recoveryKeyArn(stage);
  return arn === undefined ? {} : { RecoveryKeyArn: { Value: arn } };
}

function recoveryKeyArn(stage: Stage): Value | undefined {
  const pair = pairOf(stage);
  if (pair === undefined) return undefined;
  const alias = recoveryAlias(pair.stage);
  return sub(`arn:\${AWS::Partition}:kms:${pair.region}:\${AWS::AccountId}:alias/${alias}`);
}

/** The stage of the recovery stack that goes with this one. */
export const recoveryOf = ({ stage, config }: Stage): string | undefined =>
  config.deploy.recovery !== undefined && recoveryCopy(config) ? recoveryStage(stage) : undefined;
