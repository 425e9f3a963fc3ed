/** `kms: stack` and `kms: recovery` from here: the outputs of the stage's stack say which key that is. */
import { findDeployment, outputOf } from '../../cloud/index.ts';
import { UsageError } from '../../core/errors.ts';
import type { Site } from '../../wiring/site.ts';
import type { StackKeyName } from '../../wiring/stack-keys.ts';
import type { CommandContext } from '../command.ts';

const outputs = {
  vault: 'VaultKeyArn',
  signing: 'SigningKeyArn',
  recovery: 'RecoveryKeyArn',
} as const;

/** Throws UsageError OPTION_MISSING without a stage, STACK_MISSING, STACK_OUTPUT_MISSING; CloudError. */
export async function askStack(
  { config }: Pick<Site, 'config'>,
  name: StackKeyName,
  { globals, signal }: CommandContext,
): Promise<string> {
  const { stage } = globals;
  if (stage === undefined) {
    throw new UsageError('no stage is named, so there is no stack to ask', {
      code: 'OPTION_MISSING',
      hint: 'Say --stage NAME.',
    });
  }
  const { region } = config.vault.primary;
  return outputOf(await findDeployment({ stage, region }, signal), outputs[name]);
}
