/** What `kms: stack` means: the keys that the deployed stack makes. */
import { reportError, SecretError } from '../core/errors.ts';

export type StackKeyName = 'vault' | 'signing';

export interface StackKeyOptions {
  /** Functions and tasks are given the ARNs by the template. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asks the stack itself; absent where nobody may. */
  readonly ask?: ((name: StackKeyName) => Promise<string>) | undefined;
}

const variables = {
  vault: 'HOLDFAST_VAULT_KEY_ARN',
  signing: 'HOLDFAST_SIGNING_KEY_ARN',
} as const;

/** The ARN. Throws SecretError STACK_KEY_UNKNOWN: like a secret, it can be lost while others open. */
export async function stackKey(name: StackKeyName, options: StackKeyOptions): Promise<string> {
  const variable = variables[name];
  const given = options.environment[variable];
  if (given) return given;
  const hint = `export ${variable}=arn:aws:kms:…; \`holdfast keys\` names the keys that open what is stored.`;
  if (options.ask === undefined) {
    const seen = `${variable} is not set, and only the command line asks the stack`;
    throw new SecretError(`kms: stack is not known: ${seen}`, { code: 'STACK_KEY_UNKNOWN', hint });
  }
  try {
    return await options.ask(name);
  } catch (cause) {
    const { message, retryable } = reportError(cause);
    throw new SecretError(`kms: stack is not known: ${message}`, {
      code: 'STACK_KEY_UNKNOWN',
      hint,
      retryable,
      cause,
    });
  }
}
